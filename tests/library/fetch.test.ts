import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createPlinth, type Plinth, type PlinthSettings } from '../../src/index.ts';
import { temporaryFolder } from '../support/plinth/process.ts';
import { notes, send, signUp } from './notes.ts';

let plinth: Plinth;
let token: string;

const open = (settings: PlinthSettings) =>
  createPlinth({
    collections: [notes],
    settings: { dataDir: join(temporaryFolder(), 'data'), ...settings },
  });

before(async () => {
  plinth = open({ bodyLimitBytes: 100_000, requestTimeoutMs: 1_000 });
  token = await signUp(plinth, 'ann');
});
after(() => plinth.close());

/** A POST of a note whose body comes in pieces. */
function noteOf(pieces: ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/v1/notes', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: pieces,
    duplex: 'half',
  } as RequestInit);
}

const bytes = (text: string) => new TextEncoder().encode(text);
const problemOf = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { code: string }).code,
];

describe('a body', () => {
  test('may come in pieces', async () => {
    const pieces = new Blob(['{"te', 'xt":"Mi', 'lk"}']).stream();
    assert.equal((await plinth.fetch(noteOf(pieces))).status, 201);
  });

  test('is refused as soon as it is too large, and the rest of it is not asked for', async () => {
    let asked = 0;
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        asked += 1;
        controller.enqueue(bytes(' '.repeat(10_000)));
      },
      cancel() {
        isCancelled = true;
      },
    });
    assert.deepEqual(await problemOf(await plinth.fetch(noteOf(endless))), [413, 'payload_too_large']);
    assert.ok(asked < 30, `${asked} pieces were asked for`);
    assert.ok(isCancelled);
  });

  test('of an announced length that is too large is not read', async () => {
    let asked = 0;
    const pieces = new ReadableStream<Uint8Array>({ pull: () => void (asked += 1) }, { highWaterMark: 0 });
    const answer = await plinth.fetch(noteOf(pieces, { 'content-length': '100001' }));
    assert.deepEqual(await problemOf(answer), [413, 'payload_too_large']);
    assert.ok(asked <= 1);
  });

  test('that does not come is not waited for longer than requestTimeoutMs', async () => {
    const answer = await plinth.fetch(noteOf(new ReadableStream()));
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.ok(answer.headers.get('x-request-id'));
    assert.deepEqual(await problemOf(answer), [408, 'request_timeout']);
  });

  test('that breaks off is refused', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('torn')) });
    assert.deepEqual(await problemOf(await plinth.fetch(noteOf(broken))), [400, 'malformed_request']);
  });
});

test('a head is as limited as it is over the network', async () => {
  const large = new Request('http://localhost/v1/notes', { headers: { 'x-large': 'x'.repeat(17_000) } });
  assert.deepEqual(await problemOf(await plinth.fetch(large)), [431, 'headers_too_large']);
  const long = new Request(`http://localhost/v1/notes?q=${'x'.repeat(9_000)}`);
  assert.deepEqual(await problemOf(await plinth.fetch(long)), [414, 'uri_too_long']);
});

test('a request that was given up is not answered', async () => {
  const reason = new Error('gone');
  const given = new Request('http://localhost/health/live', { signal: AbortSignal.abort(reason) });
  await assert.rejects(plinth.fetch(given), reason);
  const controller = new AbortController();
  const pieces = new ReadableStream({ pull: () => controller.abort(reason) }, { highWaterMark: 0 });
  const later = new Request(noteOf(pieces), { signal: controller.signal });
  await assert.rejects(plinth.fetch(later));
});

test('HEAD, OPTIONS and methods that nobody knows are answered', async () => {
  const ask = (method: string) => plinth.fetch(new Request('http://localhost/health/live', { method }));
  const head = await ask('HEAD');
  assert.deepEqual([head.status, head.body], [200, null]);
  assert.equal((await ask('OPTIONS')).headers.get('allow'), 'GET, HEAD, OPTIONS');
  assert.deepEqual(await problemOf(await ask('PURGE')), [405, 'method_not_allowed']);
});

test('limits count by the address that the program names', async () => {
  const limited = open({ rateLimitAnonymous: { quota: 2, windowMs: 60_000 } });
  const ask = async (clientAddress?: string) => {
    const request = new Request('http://localhost/v1/notes');
    return (await limited.fetch(request, clientAddress === undefined ? {} : { clientAddress })).status;
  };
  const here = [await ask(), await ask(), await ask()];
  const there = [
    await ask('192.0.2.1'),
    await ask('192.0.2.1'),
    await ask('192.0.2.1'),
    await ask('192.0.2.2'),
  ];
  await limited.close();
  assert.deepEqual(
    here.map((status) => status === 429),
    [false, false, true],
  );
  assert.deepEqual(
    there.map((status) => status === 429),
    [false, false, true, false],
  );
});

test('what an answer says is told to the log that the program gives', async () => {
  const lines: string[] = [];
  const write = (level: string) => (_fields: object, message: string) =>
    void lines.push(`${level} ${message}`);
  const logging = createPlinth({
    collections: [],
    settings: { dataDir: join(temporaryFolder(), 'data') },
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  });
  await send(logging, 'GET', '/health/live');
  await logging.close();
  assert.ok(lines.includes('info request'), lines.join('\n'));
});
