import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Received, ServingPlinth } from '../support/plinth/process.ts';

interface Content {
  readonly writer: number;
  readonly sequence: number;
  readonly text: string;
  readonly key: string;
  /** An update that was carried out twice would show here. */
  readonly version: number;
}

/** What may be stored under an id: one content once all is known, `undefined` where there may be nothing. */
type Possible = readonly (Content | undefined)[];

const pageSize = 200;

/** What the clients of a Plinth know of the `entries` they have written. */
export class Ledger {
  readonly #entries = new Map<string, Possible>();
  readonly #settledByWriter = new Map<number, string[]>();
  #sequence = 0;
  readonly counts = { acknowledged: 0, refused: 0, unavailable: 0, unanswered: 0 };

  /**
   * Writes one entry of this writer: mostly a new one, sometimes a change, sometimes one that must be refused.
   * Rejects when there is no answer. Answers `unavailable` (503) are counted and leave the outcome open.
   */
  async write(plinth: ServingPlinth, writer: number): Promise<'acknowledged' | 'refused' | 'unavailable'> {
    const sequence = this.#sequence++;
    const own = this.#settledByWriter.get(writer) ?? [];
    const settled = own[sequence % Math.max(own.length, 1)];
    const choice = sequence % 10;
    if (settled !== undefined && choice < 3) return this.#change(plinth, settled, sequence);
    if (settled !== undefined && choice === 3) return this.#createRefused(plinth, writer, sequence, settled);
    return this.#create(plinth, writer, sequence);
  }

  /** Looks at everything Plinth has: what was acknowledged is there once and whole, what was refused is not there. */
  async verify(plinth: ServingPlinth): Promise<void> {
    const stored = await readAll(plinth);
    for (const [id, content] of stored) {
      const possible = this.#entries.get(id);
      assert.ok(possible !== undefined, `${id} was never written`);
      assert.ok(
        possible.some((candidate) => candidate !== undefined && isEqual(candidate, content)),
        `${id} is ${JSON.stringify(content)}, which is none of ${JSON.stringify(possible)}`,
      );
    }
    for (const [id, possible] of this.#entries) {
      const content = stored.get(id);
      if (content === undefined)
        assert.ok(possible.includes(undefined), `${id} was acknowledged and is gone`);
      this.#settle(id, content);
    }
    const contents = [...stored.values()];
    assert.equal(
      new Set(contents.map(({ key }) => key)).size,
      contents.length,
      'a unique key is there twice',
    );
    await verifySearch(plinth, contents);
  }

  #create(plinth: ServingPlinth, writer: number, sequence: number) {
    const content = contentOf(writer, sequence, `k${sequence}`);
    return this.#attempt(randomUUID(), content, [undefined], (id) =>
      plinth.request('PUT', `/v1/entries/${id}`, bodyOf(content)),
    );
  }

  /** A change of a settled entry; every other one has a second, invalid member and must not be carried out at all. */
  #change(plinth: ServingPlinth, id: string, sequence: number) {
    const [before] = this.#entries.get(id) as [Content];
    const text = textOf('changed', sequence);
    const after = { ...before, text, version: before.version + 1 };
    const patch = sequence % 2 === 0 ? { text } : { text, writer: 'nobody' };
    return this.#attempt(id, after, [before], () => plinth.request('PATCH', `/v1/entries/${id}`, patch));
  }

  /** The key of another entry: a conflict, found by the database in the middle of the transaction. */
  #createRefused(plinth: ServingPlinth, writer: number, sequence: number, settled: string) {
    const [taken] = this.#entries.get(settled) as [Content];
    const content = contentOf(writer, sequence, taken.key);
    return this.#attempt(randomUUID(), content, [undefined], (id) =>
      plinth.request('PUT', `/v1/entries/${id}`, bodyOf(content)),
    );
  }

  async #attempt(
    id: string,
    after: Content,
    before: Possible,
    send: (id: string) => Promise<Received>,
  ): Promise<'acknowledged' | 'refused' | 'unavailable'> {
    // Known to the ledger before it is sent; nobody else touches it until the outcome is known.
    this.#entries.set(id, [...before, after]);
    this.#setAside(id, after.writer);
    let answer: Received;
    try {
      answer = await send(id);
    } catch (error) {
      this.counts.unanswered += 1;
      throw error;
    }
    if (answer.status === 503) {
      assert.equal(answer.body.code, 'unavailable');
      assert.ok(answer.headers.has('retry-after'), 'a 503 says when to try again');
      this.counts.unavailable += 1;
      return 'unavailable';
    }
    const acknowledged = answer.status === 200 || answer.status === 201;
    const refused = answer.status === 409 || answer.status === 422;
    assert.ok(acknowledged || refused, `answered ${answer.status} ${JSON.stringify(answer.body)}`);
    this.#settle(id, acknowledged ? after : before[0]);
    this.counts[acknowledged ? 'acknowledged' : 'refused'] += 1;
    return acknowledged ? 'acknowledged' : 'refused';
  }

  #setAside(id: string, writer: number): void {
    const own = this.#settledByWriter.get(writer) ?? [];
    this.#settledByWriter.set(
      writer,
      own.filter((other) => other !== id),
    );
  }

  #settle(id: string, content: Content | undefined): void {
    this.#entries.set(id, [content]);
    if (content === undefined) return;
    this.#setAside(id, content.writer);
    this.#settledByWriter.get(content.writer)?.push(id);
  }
}

function contentOf(writer: number, sequence: number, key: string): Content {
  return { writer, sequence, text: textOf('new', sequence), key, version: 1 };
}

/** Of different lengths, so that rows end at all places of a page. */
function textOf(word: string, sequence: number): string {
  return `entry ${word} ${'x'.repeat((sequence * 379) % 1_900)}`;
}

function bodyOf({ writer, sequence, text, key }: Content) {
  return { writer, sequence, text, key };
}

function isEqual(a: Content, b: Content): boolean {
  return (
    a.writer === b.writer &&
    a.sequence === b.sequence &&
    a.text === b.text &&
    a.key === b.key &&
    a.version === b.version
  );
}

async function readAll(plinth: ServingPlinth): Promise<Map<string, Content>> {
  const stored = new Map<string, Content>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const answer = await plinth.request('GET', `/v1/entries?limit=${pageSize}${from}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    for (const record of answer.body.data as (Content & { id: string })[]) {
      assert.ok(!stored.has(record.id), `${record.id} is there twice`);
      stored.set(record.id, record);
    }
    cursor = answer.body.page.next as string | null;
  }
  return stored;
}

/** A record and its words in the search table were written together or not at all. */
async function verifySearch(plinth: ServingPlinth, stored: readonly Content[]): Promise<void> {
  for (const word of ['entry', 'new', 'changed']) {
    const answer = await plinth.request('GET', `/v1/entries?q=${word}&limit=1&count=exact`);
    const expected = stored.filter(({ text }) => text.split(' ').includes(word)).length;
    assert.equal(answer.body.total, expected, `records found by "${word}"`);
  }
}
