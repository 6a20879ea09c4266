import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { startApp, type TestApp } from '../support/plinth/app.ts';
import { testDatabase } from '../support/databases.ts';

const postgres = testDatabase('postgres');
const open = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };
const properties = { title: { type: 'string' } };
const poolMax = 6;

describe('a collection whose table is locked', () => {
  let app: TestApp;
  let holder: pg.Client;
  let watcher: pg.Client;
  let token: string;

  before(async () => {
    const database = await postgres.createUrl();
    app = await startApp({
      database,
      collections: [
        { name: 'locked', properties, rules: open },
        { name: 'free', properties, rules: open },
      ],
      settings: { DATABASE_POOL_MAX: String(poolMax) },
    });
    [holder, watcher] = [new pg.Client(database), new pg.Client(database)];
    await holder.connect();
    await watcher.connect();
    ({ token } = await app.signUp());
  });
  after(async () => {
    await holder.end();
    await watcher.end();
    await app.close();
  });

  /** Statements that wait for the lock. */
  async function waiting(): Promise<number> {
    const { rows } = await watcher.query<{ count: number }>(
      "SELECT count(*)::int FROM pg_locks WHERE relation = 'locked'::regclass AND NOT granted",
    );
    return rows[0]?.count ?? 0;
  }

  const locking = async (work: () => Promise<void>) => {
    await holder.query('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await holder.query('ROLLBACK');
    }
  };

  /** Requests over connections of their own, which `leave` closes. */
  function ask(count: number, path: string, init: RequestInit = {}) {
    const leaving = new AbortController();
    const all = Array.from({ length: count }, () =>
      fetch(app.url + path, { ...init, signal: leaving.signal }).then(
        ({ status }) => status,
        () => 'left',
      ),
    );
    return { settled: Promise.all(all), leave: () => leaving.abort() };
  }

  const posted = (body: unknown) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

  const blocked: readonly (readonly [string, string, RequestInit?])[] = [
    ['lists', '/v1/locked'],
    ['creates', '/v1/locked', posted({ title: 'a' })],
    ['creates with a key', '/v1/locked', { ...posted({ title: 'a' }) }],
    [
      'batches',
      '/batch',
      posted({ operations: [{ method: 'POST', path: '/v1/locked', body: { title: 'a' } }] }),
    ],
  ];
  for (const [what, path, init] of blocked) {
    test(`holds half of the connections with ${what}; everybody else, and readiness, go on; who leaves lets go`, async () => {
      await locking(async () => {
        const keyed = what.endsWith('key');
        const requests = Array.from({ length: 24 }, (_, index) =>
          ask(
            1,
            path,
            keyed ? { ...init, headers: { ...init?.headers, 'idempotency-key': `key-${index}` } } : init,
          ),
        );
        while ((await waiting()) < poolMax / 2);
        // Another caller: those who wait for the lock have used up their own half.
        const headers = { authorization: `Bearer ${token}` };
        const free = await ask(24, '/v1/free', { headers }).settled;
        assert.deepEqual([...new Set(free)], [200]);
        assert.equal((await app.send('POST', '/v1/free', { token, body: { title: 'b' } })).status, 201);
        assert.equal((await app.send('GET', '/health/ready')).status, 200);
        assert.equal(await waiting(), poolMax / 2);
        const leftAt = performance.now();
        for (const request of requests) request.leave();
        assert.deepEqual(
          [...new Set((await Promise.all(requests.map(({ settled }) => settled))).flat())],
          ['left'],
        );
        while ((await waiting()) > 0);
        assert.ok(performance.now() - leftAt < 1_000);
      });
      assert.deepEqual((await app.send('GET', '/v1/locked')).body, {
        data: [],
        page: { limit: 20, next: null },
      });
    });
  }
});
