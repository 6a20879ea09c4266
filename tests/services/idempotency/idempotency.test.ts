import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Statement, Unit } from '#data/index.ts';
import { anonymous, callerOf } from '#domain/access/caller.ts';
import { usersDefinition } from '#domain/collections/index.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createCollections } from '#services/collections/index.ts';
import {
  createIdempotency,
  type FirstTime,
  type IdempotencyService,
  type RepeatableRequest,
} from '#services/idempotency/index.ts';
import { eachDatabase, type TestDatabase } from '../../support/databases.ts';

const hourMs = 60 * 60_000;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

async function openRig(kind: TestDatabase, options: { keptMax?: number } = {}) {
  const url = await kind.createUrl();
  const time = { ms: Date.parse('2026-01-31T10:00:00.000Z') };
  const clock = { now: () => new Date(time.ms) };
  const replica = async () => {
    const database = kind.openUrl(url);
    await createCollections({ database, log: quiet }).apply([usersDefinition]);
    return { database, service: createIdempotency({ database, clock, log: quiet, ...options }) };
  };
  return { ...(await replica()), time, replica };
}

const request: RepeatableRequest = {
  caller: anonymous,
  address: '192.0.2.1',
  key: 'k',
  method: 'POST',
  target: '/v1/things',
  body: Buffer.from('{}'),
};

/** Writes nothing but what the journal keeps; `done` counts how often it came to its end. */
function counting(database: Database, meanwhile: () => Promise<void> = async () => {}) {
  const counts = { begun: 0, done: 0 };
  const firstTime: FirstTime<number> = {
    async perform(journal) {
      counts.begun += 1;
      await database.write(async (unit: Unit) => {
        await journal.open(unit);
        await meanwhile();
        await journal.close(unit, counts.begun);
      });
      return (counts.done += 1);
    },
    answer: (count) => ({ status: 201, headers: {}, body: String(count) }),
    refusal: () => undefined,
  };
  return { counts, firstTime };
}

function failing(error: unknown, kept: boolean): FirstTime<never> {
  return {
    perform: () => Promise.reject(error),
    answer: () => assert.fail('it was not carried out'),
    refusal: () => (kept ? { status: 422, headers: { a: 'b' }, body: 'no' } : undefined),
  };
}

async function keysIn(database: Database): Promise<number> {
  const statement: Statement = { sql: 'SELECT "key" FROM "_plinth_idempotency"', parameters: [] };
  return (await database.read((session) => session.all(statement))).length;
}

async function give(service: IdempotencyService, database: Database, count: number, prefix = 'k') {
  for (let index = 0; index < count; index++) {
    await service.once({ ...request, key: `${prefix}${index}` }, counting(database).firstTime);
  }
}

/** A sweep begins at start, and stopping waits for it. */
async function sweep(service: IdempotencyService): Promise<void> {
  service.start();
  await service.stop();
}

const codeOf = (error: unknown) => (error as Problem).code;

eachDatabase((kind) => {
  test('an answer is given again for 24 hours, then the request is a new one', async () => {
    const { database, service, time } = await openRig(kind);
    const { counts, firstTime } = counting(database);
    assert.equal((await service.once(request, firstTime)).replayed, false);
    time.ms += 24 * hourMs - 1;
    assert.deepEqual(await service.once(request, firstTime), {
      status: 201,
      headers: {},
      body: '1',
      replayed: true,
    });
    time.ms += 1;
    assert.equal((await service.once(request, firstTime)).replayed, false);
    assert.deepEqual(counts, { begun: 2, done: 2 });
    assert.equal((await service.once({ ...request, body: undefined, key: 'l' }, firstTime)).replayed, false);
  });

  test('a replay is a look-up: nothing is written', async () => {
    const { database, service, time } = await openRig(kind);
    const { firstTime } = counting(database);
    await service.once(request, firstTime);
    const readOnly = { ...database, write: () => assert.fail('a replay writes') };
    const clock = { now: () => new Date(time.ms) };
    const other = createIdempotency({ database: readOnly, clock, log: quiet });
    assert.equal((await other.once(request, firstTime)).replayed, true);
  });

  test('what has expired is cleared away, and nothing else', async () => {
    const { database, service, time } = await openRig(kind);
    await give(service, database, 3, 'old');
    time.ms += 12 * hourMs;
    await give(service, database, 2, 'new');
    time.ms += 12 * hourMs;
    await sweep(service);
    assert.equal(await keysIn(database), 2);
  });

  test('the number of kept answers is bounded: those that would expire first go first', async () => {
    const { database, service, time } = await openRig(kind, { keptMax: 4 });
    for (let index = 0; index < 10; index++) {
      await give(service, database, 1, `round ${index} `);
      time.ms += 1000;
    }
    await sweep(service);
    assert.equal(await keysIn(database), 4);
    const { counts, firstTime } = counting(database);
    assert.equal((await service.once({ ...request, key: 'round 9 0' }, firstTime)).replayed, true);
    assert.equal((await service.once({ ...request, key: 'round 5 0' }, firstTime)).replayed, false);
    assert.equal(counts.done, 1);
  });

  test("who sends the most keys pushes out their own answers, and nobody else's", async () => {
    const { database, service, time } = await openRig(kind, { keptMax: 10 });
    const user = callerOf({ id: 'b', createdAt: '', updatedAt: '', version: 1, role: 'user' });
    const modest = [
      { ...request, caller: user, key: 'first' },
      { ...request, address: '192.0.2.2', key: 'first' },
    ];
    for (const each of modest) await service.once(each, counting(database).firstTime);
    time.ms += 1000;
    // Every address of a household is in the same room, and every key of theirs is apart.
    for (let index = 0; index < 30; index++) {
      const greedy = { ...request, address: `2001:db8:1:1::${index % 3}`, key: `${index}` };
      await service.once(greedy, counting(database).firstTime);
      time.ms += 1000;
    }
    await sweep(service);
    assert.equal(await keysIn(database), 10);
    for (const each of modest) {
      assert.equal((await service.once(each, counting(database).firstTime)).replayed, true);
    }
    const last = { ...request, address: '2001:db8:1:1::2', key: '29' };
    assert.equal((await service.once(last, counting(database).firstTime)).replayed, true);
  });

  test('everybody keeps one answer, however many there are', async () => {
    const { database, service, time } = await openRig(kind, { keptMax: 2 });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      for (const key of ['1', '2']) {
        await service.once({ ...request, address, key }, counting(database).firstTime);
        time.ms += 1000;
      }
    }
    await sweep(service);
    assert.equal(await keysIn(database), 3);
    const last = { ...request, address: '192.0.2.1', key: '2' };
    assert.equal((await service.once(last, counting(database).firstTime)).replayed, true);
  });

  for (const [keptMax, kept] of [
    [10, 2],
    [3, 1],
  ] as const) {
    test(`long answers count as several: of three, room for ${keptMax} keeps ${kept}`, async () => {
      const { database, service, time } = await openRig(kind, { keptMax });
      const { firstTime } = counting(database);
      const long = { ...firstTime, answer: () => ({ status: 200, headers: {}, body: 'ü'.repeat(10_000) }) };
      for (const key of ['1', '2', '3']) {
        await service.once({ ...request, key }, long);
        time.ms += 1000;
      }
      await sweep(service);
      assert.equal(await keysIn(database), kept);
      assert.equal((await service.once({ ...request, key: '3' }, long)).replayed, true);
    });
  }

  test('a flood of answers is not kept until the next sweep is due', async () => {
    const { database, service } = await openRig(kind, { keptMax: 8 });
    service.start();
    await give(service, database, 50);
    await service.stop();
    assert.ok((await keysIn(database)) <= 10);
  });

  test('a refusal is kept, what is about the moment is not', async () => {
    const { database, service } = await openRig(kind);
    const bug = new Error('a bug');
    await assert.rejects(service.once(request, failing(bug, false)), bug);
    assert.equal(await keysIn(database), 0);
    const refused = await service.once(request, failing(new Problem('validation_failed'), true));
    assert.deepEqual(refused, { status: 422, headers: { a: 'b' }, body: 'no', replayed: false });
    const { counts, firstTime } = counting(database);
    assert.deepEqual(await service.once(request, firstTime), { ...refused, replayed: true });
    assert.equal(counts.begun, 0);
  });

  test('anonymous callers are told apart by address, and from everybody who is signed in', async () => {
    const { database, service } = await openRig(kind);
    const { counts, firstTime } = counting(database);
    const user = (id: string) => callerOf({ id, createdAt: '', updatedAt: '', version: 1, role: 'user' });
    const requests = [
      request,
      { ...request, address: '192.0.2.2' },
      { ...request, caller: user('192.0.2.1') },
      { ...request, caller: user('b') },
    ];
    for (const each of requests) assert.equal((await service.once(each, firstTime)).replayed, false);
    for (const each of requests) assert.equal((await service.once(each, firstTime)).replayed, true);
    assert.equal(counts.done, 4);
    const moved = { ...request, caller: user('b'), address: '198.51.100.7' };
    assert.equal((await service.once(moved, firstTime)).replayed, true);
  });

  test('a twin in flight is refused, here and at another replica, and leaves nothing behind', async () => {
    const { database, service, replica } = await openRig(kind);
    const other = await replica();
    const inside = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { counts, firstTime } = counting(database, async () => {
      inside.resolve();
      await goOn.promise;
    });
    const first = service.once(request, firstTime);
    await inside.promise;
    await assert.rejects(service.once(request, counting(database).firstTime), {
      code: 'request_in_progress',
    });
    await assert.rejects(service.once({ ...request, target: '/v1/others' }, firstTime), {
      code: 'idempotency_mismatch',
    });
    // SQLite has one writer: there the other replica waits, and then finds the answer.
    const there = counting(other.database);
    const twin = other.service.once(request, there.firstTime);
    const told =
      kind.name === 'postgres' ? await Promise.race([twin.catch(codeOf), delay(5_000)]) : undefined;
    goOn.resolve();
    assert.equal((await first).replayed, false);
    if (kind.name === 'postgres') assert.equal(told, 'request_in_progress');
    else assert.equal((await twin).replayed, true);
    assert.deepEqual([counts.done, there.counts.done], [1, 0]);
    assert.equal((await other.service.once(request, there.firstTime)).replayed, true);
    assert.equal(await keysIn(database), 1);
  });
});
