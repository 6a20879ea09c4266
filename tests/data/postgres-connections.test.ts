import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { DatabaseUnavailable, openDatabase, type Database, type Demand } from '#data/index.ts';
import { execute, testDatabase } from '../support/databases.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const postgres = testDatabase('postgres');

interface Opened {
  readonly database: Database;
  readonly url: string;
}

describe('the connections to PostgreSQL', () => {
  const cleanups: (() => Promise<void> | void)[] = [];
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  async function open(options: Partial<Parameters<typeof openDatabase>[0]> = {}): Promise<Opened> {
    const url = options.url ?? (await postgres.createUrl());
    const database = openDatabase({ poolMax: 4, statementTimeoutMs: 10_000, ...options, url });
    cleanups.push(() => database.close());
    return { database, url };
  }

  const sleep = (database: Database, seconds: number, options?: Demand) =>
    database.read((reader) => reader.all({ sql: `SELECT pg_sleep(${seconds})`, parameters: [] }), options);

  /** Statements that sleep, as another connection sees them. */
  async function sleeping(url: string): Promise<number> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(%' AND query NOT LIKE '%count(%' AND state = 'active'",
      );
      return rows[0]?.count ?? 0;
    } finally {
      await client.end();
    }
  }

  async function untilSleeping(url: string, count: number): Promise<void> {
    while ((await sleeping(url)) !== count);
  }

  const isUnavailable = (reason: DatabaseUnavailable['reason']) => (error: unknown) =>
    error instanceof DatabaseUnavailable && error.reason === reason;

  test('no name holds more than half of them, and others do not wait for it', async () => {
    const { database, url } = await open();
    const leaving = new AbortController();
    const long = Array.from({ length: 10 }, () =>
      sleep(database, 5, { collections: ['locked'], caller: 'ann', signal: leaving.signal }),
    );
    const outcomes = Promise.allSettled(long);
    await untilSleeping(url, 2);
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => sleep(database, 0.001, { collections: ['free'] })));
    await database.ping();
    assert.ok(performance.now() - startedAt < 1_000);
    assert.equal(await sleeping(url), 2);
    leaving.abort();
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, 'rejected');
      assert.ok(isUnavailable('cancelled')(outcome.reason));
    }
  });

  for (const prepare of ['auto', 'off'] as const) {
    test(`what nobody waits for any more ends within a second, and its connection goes on (prepare ${prepare})`, async () => {
      const { database, url } = await open({ poolMax: 2, prepare });
      const processOf = { sql: 'SELECT pg_backend_pid() AS process', parameters: [] };
      const used = await database.read((reader) => reader.all(processOf));
      const leaving = new AbortController();
      const left = [
        sleep(database, 10, { signal: leaving.signal }),
        database.write((transaction) => transaction.all({ sql: 'SELECT pg_sleep(10)', parameters: [] }), {
          signal: leaving.signal,
        }),
        // Both connections are held: this one waits for its turn.
        sleep(database, 10, { signal: leaving.signal }),
      ].map((work) => assert.rejects(work, isUnavailable('cancelled')));
      await untilSleeping(url, 2);
      const leftAt = performance.now();
      leaving.abort();
      await Promise.all(left);
      assert.ok(performance.now() - leftAt < 1_000);
      assert.equal(await sleeping(url), 0);
      const next = await Promise.all([0, 1].map(() => database.read((reader) => reader.all(processOf))));
      assert.ok(next.some((rows) => JSON.stringify(rows) === JSON.stringify(used)));
    });
  }

  test('readiness is told while statements hold them all', async () => {
    const { database, url } = await open({ poolMax: 2 });
    const leaving = new AbortController();
    const long = Promise.allSettled([0, 1].map(() => sleep(database, 10, { signal: leaving.signal })));
    await untilSleeping(url, 2);
    const startedAt = performance.now();
    await database.ping();
    assert.ok(performance.now() - startedAt < 500);
    leaving.abort();
    await long;
  });

  test('a server that has gone silent is noticed a second after the statement time-out at most', async () => {
    const url = new URL(await postgres.createUrl());
    const proxy = await tcpProxy(Number(url.port));
    cleanups.push(() => proxy.close());
    url.port = String(proxy.port);
    const { database } = await open({ url: url.href, statementTimeoutMs: 1_000 });
    await Promise.all([0, 1, 2].map(() => sleep(database, 0.01)));
    proxy.isSilent = true;
    // On connections that were there, on new ones, and in the queue; then a second time, when all are known to be dead.
    for (let round = 0; round < 2; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const startedAt = performance.now();
          const work =
            index % 2 === 0
              ? sleep(database, 0.01)
              : database.write((transaction) => transaction.all({ sql: 'SELECT 1', parameters: [] }));
          const reason = await work.then(
            () => 'answered',
            (error: unknown) => (error instanceof DatabaseUnavailable ? error.reason : String(error)),
          );
          return { reason, tookMs: performance.now() - startedAt };
        }),
      );
      for (const { reason, tookMs } of outcomes) {
        assert.match(reason, /unreachable|overloaded/);
        assert.ok(tookMs < 2_000, `${Math.round(tookMs)} ms`);
      }
    }
    proxy.isSilent = false;
    await sleep(database, 0.01);
    await database.ping();
  });

  test('a silent server does not keep it from closing', async () => {
    const url = new URL(await postgres.createUrl());
    const proxy = await tcpProxy(Number(url.port));
    url.port = String(proxy.port);
    const { database } = await open({ url: url.href });
    await sleep(database, 0.01);
    proxy.isSilent = true;
    const startedAt = performance.now();
    await database.close();
    assert.ok(performance.now() - startedAt < 2_000);
    proxy.close();
  });

  test('with fewer connections than it may hold, requests wait for those there are', async () => {
    const administration = await postgres.createUrl();
    const role = `small_${process.pid}`;
    await execute(administration, `CREATE ROLE ${role} LOGIN CONNECTION LIMIT 4`);
    cleanups.push(() => execute(administration, `DROP ROLE ${role}`));
    const url = new URL(administration);
    url.username = role;
    const { database } = await open({ url: url.href, poolMax: 10 });
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => sleep(database, 0.01)));
    assert.deepEqual(new Set(outcomes.map(({ status }) => status)), new Set(['fulfilled']));
    await database.ping();
  });

  test('the queue is bounded, and who waits too long is told', async () => {
    const { database, url } = await open({ poolMax: 2, statementTimeoutMs: 1_000 });
    const leaving = new AbortController();
    const holding = Promise.allSettled([0, 1].map(() => sleep(database, 0.9, { signal: leaving.signal })));
    await untilSleeping(url, 2);
    const startedAt = performance.now();
    const waiting = Array.from({ length: 101 }, () => sleep(database, 0.9, { signal: leaving.signal }));
    const settled = Promise.allSettled(waiting);
    await assert.rejects(waiting[100] as Promise<unknown>, isUnavailable('overloaded'));
    assert.ok(performance.now() - startedAt < 200);
    // Two of those who wait get a turn when the holders have ended, the others none within a second.
    await Promise.race([...waiting.slice(4, 100), delay(3_000)]).then(
      () => assert.fail('nobody was told'),
      (error: unknown) => assert.ok(isUnavailable('overloaded')(error)),
    );
    assert.ok(performance.now() - startedAt < 2_500);
    leaving.abort();
    await Promise.all([holding, settled]);
  });
});
