import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { systemPrincipal } from '#domain/access/principal.ts';
import { startApp, type SignedUp, type TestApp } from '../support/plinth/app.ts';
import { othersMs, steps, type Step } from './cache-steps.ts';
import { eachDatabase } from '../support/databases.ts';
import { RecordsClient } from '../support/plinth/records-client.ts';
import { redisServer, type RedisServer } from '../support/redis-server.ts';
import {
  definitions,
  queries,
  single,
  type Query,
  type Reader,
  type Received,
  type State,
} from './cache-model.ts';
import { secret } from '../support/secret.ts';

const stepsMax = 120;

interface Replica extends TestApp {
  /** Its clock is set forward or back. */
  setClock(byMs: number): void;
}

/** What the database holds from a write on. */
interface Moment {
  readonly state: State;
  readonly replica: Replica;
  readonly changed: readonly string[];
  /** Undefined while it is not acknowledged. */
  ackedAtMs?: number;
}

eachDatabase((database) => {
  let redis: RedisServer;
  let replicas: Replica[];
  let people: SignedUp[];
  before(async () => {
    redis = await redisServer();
    await redis.start();
    const url = await database.createUrl();
    const settings = { REDIS_URL: redis.url, REDIS_TIMEOUT_MS: '100', AUTH_SECRET: secret };
    replicas = [];
    // SQLite has one process; what another one does beside it is in tests/services/response-cache.
    for (const _ of database.name === 'sqlite' ? [1] : [1, 2, 3]) {
      let stepMs = 0;
      const clock = { now: () => new Date(Date.now() + stepMs) };
      const app = await startApp({ database: url, collections: definitions, settings, clock });
      replicas.push({ ...app, setClock: (byMs) => (stepMs = byMs) });
    }
    const first = replicas[0] as Replica;
    people = [await first.signUp(), await first.signUp(), await first.signUpAdmin()];
  });
  after(async () => {
    redis.resume();
    for (const replica of replicas) await replica.close();
    await redis.remove();
  });

  /** All that has been written since the test began, and what that means for who reads. */
  function play() {
    const first = replicas[0] as Replica;
    const history: Moment[] = [
      { state: { boards: [], notes: [] }, replica: first, changed: [], ackedAtMs: 0 },
    ];
    let isRedisThere = true;
    const last = () => (history.at(-1) as Moment).state;
    const [ada, bob, admin] = people as [SignedUp, SignedUp, SignedUp];
    const readers: (Reader & { token?: string })[] = [
      { admin: false },
      { id: ada.user.id, token: ada.token, admin: false },
      { id: bob.user.id, token: bob.token, admin: false },
      { id: admin.user.id, token: admin.token, admin: true },
    ];
    const of = <T>(all: readonly T[], pick: number) => all[pick % all.length];

    async function change(replica: Replica, state: State, method: string, path: string, body?: object) {
      const before = last();
      const changed = (['notes', 'boards'] as const).filter((name) => state[name] !== before[name]);
      const moment: Moment = { state, replica, changed };
      history.push(moment);
      const answer = await replica.send(method, path, { token: admin.token, ...(body && { body }) });
      assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
      moment.ackedAtMs = performance.now();
    }

    function changeNote(replica: Replica, what: string, pick: number) {
      const { boards, notes } = last();
      if (what === 'put') {
        const id = randomUUID();
        const values = {
          rank: pick % 11,
          public: pick % 3 === 0,
          secret: `s${pick}`,
          owner: (of([ada, bob], pick) as SignedUp).user.id,
          board: of(boards, pick)?.id ?? null,
        };
        return change(
          replica,
          { boards, notes: [...notes, { id, ...values }] },
          'PUT',
          `/v1/notes/${id}`,
          values,
        );
      }
      const note = of(notes, pick);
      if (note === undefined) return undefined;
      const others = notes.filter(({ id }) => id !== note.id);
      const path = `/v1/notes/${note.id}`;
      if (what === 'delete') return change(replica, { boards, notes: others }, 'DELETE', path);
      const patch =
        what === 'give'
          ? { owner: note.owner === ada.user.id ? bob.user.id : ada.user.id }
          : { rank: (note.rank + 3) % 11, public: !note.public };
      return change(replica, { boards, notes: [...others, { ...note, ...patch }] }, 'PATCH', path, patch);
    }

    function changeBoard(replica: Replica, what: string, pick: number) {
      const { boards, notes } = last();
      if (what === 'board') {
        const board = { name: pick % 2 === 0 ? 'a' : 'b', open: pick % 3 > 0 };
        const id = randomUUID();
        return change(
          replica,
          { notes, boards: [...boards, { id, ...board }] },
          'PUT',
          `/v1/boards/${id}`,
          board,
        );
      }
      const board = of(boards, pick);
      if (board === undefined) return undefined;
      const others = boards.filter(({ id }) => id !== board.id);
      const path = `/v1/boards/${board.id}`;
      if (what === 'drop') {
        const state = { boards: others, notes: notes.filter((note) => note.board !== board.id) };
        return change(replica, state, 'DELETE', path);
      }
      const patch = what === 'open' ? { open: !board.open } : { name: board.name === 'a' ? 'b' : 'a' };
      return change(replica, { notes, boards: [...others, { ...board, ...patch }] }, 'PATCH', path, patch);
    }

    async function ask(replica: Replica, reader: Reader & { token?: string }, query: Query) {
      const sinceMs = performance.now();
      // Of another collection's change nobody need know; but what the database held at one moment, it held at once.
      const mustBeSeen = ({ replica: writer, changed, ackedAtMs }: Moment) =>
        changed.some((name) => query.collections(reader).includes(name)) &&
        ackedAtMs !== undefined &&
        (writer === replica || ackedAtMs <= sinceMs - othersMs);
      const least = Math.max(0, history.findLastIndex(mustBeSeen));
      const answer = await replica.send<Received>(
        'GET',
        query.path,
        reader.token ? { token: reader.token } : {},
      );
      const given = JSON.stringify(query.of(answer.status, answer.body));
      const right = history.slice(least).map(({ state }) => JSON.stringify(query.answer(state, reader)));
      assert.ok(
        right.includes(given),
        `${query.path} for ${JSON.stringify(reader)} (${String(answer.headers['cache-status'])}):\n${given}\nnot one of\n${right.join('\n')}`,
      );
    }

    async function disturb(what: string) {
      redis.resume();
      if (what === 'kill' || what === 'start') await redis.kill();
      if (what === 'start') await redis.start();
      if (what === 'kill' || what === 'start') isRedisThere = what === 'start';
      if (what === 'empty' && isRedisThere) await redis.call('FLUSHALL');
      if (what === 'pause') redis.pause();
    }

    return async function take(step: Step): Promise<void> {
      if (step.kind === 'wait') return delay(step.ms);
      if (step.kind === 'redis') return disturb(step.what);
      const replica = of(replicas, step.replica) as Replica;
      if (step.kind === 'clock') return replica.setClock(step.byMs);
      const { pick } = step;
      if (step.kind === 'write')
        return ['board', 'open', 'name', 'drop'].includes(step.what)
          ? changeBoard(replica, step.what, pick)
          : changeNote(replica, step.what, pick);
      const note = of(last().notes, pick);
      const all = note === undefined ? queries : [...queries, single(note.id)];
      return ask(replica, of(readers, step.reader) as Reader, of(all, step.query) as Query);
    };
  }

  async function begin() {
    redis.resume();
    await redis.kill();
    await redis.start();
    const records = new RecordsClient((replicas[0] as Replica).app.records);
    for (const name of ['notes', 'boards'])
      for (let some = await ids(name); some.length > 0; some = await ids(name))
        for (const id of some) await records.remove(systemPrincipal, name, id);
    async function ids(name: string): Promise<string[]> {
      return (await records.list(systemPrincipal, name, new Map([['limit', '200']]))).data.map(
        ({ id }) => id,
      );
    }
    await delay(othersMs);
  }

  test('every answer is what the database held, for that caller: at once after own writes, a second after others', async () => {
    const shape = { minLength: stepsMax / 2, maxLength: stepsMax, size: 'max' } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, shape), async (all) => {
        await begin();
        const take = play();
        for (const together of all) await Promise.all(together.map(take));
      }),
      { numRuns: Number(process.env.RUNS ?? 3), endOnFailure: true },
    );
  });
});
