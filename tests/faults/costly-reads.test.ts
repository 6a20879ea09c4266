import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { servePlinth, temporaryFolder, type ServingPlinth } from '../support/plinth/process.ts';
import { load } from '../support/load/load.ts';
import type { Request } from '../support/load/wire.ts';

const rows = 200_000;
const seconds = 15;
const clients = 50;
const statementTimeoutMs = 2_000;

const posts = {
  name: 'posts',
  properties: {
    title: { type: 'string', maxLength: 200 },
    rank: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    parent: { reference: 'posts' },
  },
  required: ['title', 'rank'],
  indexes: [['rank']],
  search: ['title'],
  rules: { list: 'true', read: 'true', create: 'true' },
};

const idOf = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`;
const tags = JSON.stringify(Array.from({ length: 20 }, (_, n) => `tag ${n}`));
const rowsSql = `
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})
  INSERT INTO posts (id, "createdAt", "updatedAt", version, title, rank, tags, parent)
  SELECT printf('%08x-0000-7000-8000-000000000000', n), '2026-01-31T10:00:00.000Z', '2026-01-31T10:00:00.000Z', 1,
    'title ' || ((n * 104729) % 500), (n * 7919) % 1000,
    '${tags}', NULL FROM numbers`;

const list = (parameters: Record<string, string>): Request => ({
  method: 'GET',
  target: `/v1/posts?${new URLSearchParams(parameters)}`,
});

/** The worst that the language allows, each in a form that was never sent before. */
const costly = (n: number): Request[] => [
  list({ filter: `title.contains("x") || rank + ${n} == -1`, sort: 'title' }),
  list({ sort: '-title', filter: `rank + ${n} > 0`, limit: '200' }),
  list({ count: 'exact', filter: `title.endsWith("1") && rank * ${n + 2} != 7`, limit: '1' }),
  list({ filter: `tags.exists(a, tags.exists(b, a + b == "${n}"))` }),
  list({ filter: `tags.all(a, tags.exists(b, a + b != "${n}"))`, sort: 'title', count: 'exact' }),
  list({ filter: `parent.parent.title == "${n}" || parent.title == "${n}" || title == "${n}"` }),
  list({ q: `t* ${n}`, sort: 'title', count: 'exact' }),
  list({ filter: `posts.exists(p, p.rank == rank && p.title + title == "${n}")` }),
];
/** What others ask for meanwhile. */
const ordinary: Request[] = [
  ...Array.from({ length: 20 }, (_, n) => ({ method: 'GET', target: `/v1/posts/${idOf(n + 1)}` })),
  ...Array.from({ length: 10 }, (_, n) => list({ filter: `rank == ${n}`, limit: '20' })),
];

test('fifty clients that ask SQLite for the worst keep nobody else waiting, nor the end of the server', async (t) => {
  const server = await serve();
  const port = Number(new URL(server.url).port);
  const quiet = await load({ port, connections: 2, ratePerSecond: 100, seconds: 3, requests: ordinary });
  const attack = load({
    port,
    connections: clients,
    ratePerSecond: null,
    seconds,
    requests: Array.from({ length: 60 }, (_, n) => costly(n)).flat(),
  });
  const options = { port, ratePerSecond: 50, seconds: seconds - 2, settleSeconds: 1 };
  const live = [{ method: 'GET', target: '/health/live' }];
  const [health, others, attacked] = await Promise.all([
    load({ ...options, connections: 2, requests: live }),
    load({ ...options, connections: 4, requests: ordinary }),
    attack,
  ]);
  tell(t, { quiet, health, others, attacked });
  const unanswered = fetch(`${server.url}${costly(1_000)[3]?.target}`).catch((error: unknown) => error);
  const startedMs = performance.now();
  await server.stop();
  await unanswered;
  const endedMs = performance.now() - startedMs;
  assert.deepEqual(Object.keys(others.statuses), ['200']);
  assert.deepEqual(Object.keys(health.statuses), ['200']);
  assert.equal(attacked.wrong, '');
  assert.ok(health.p99Ms <= 50, `health p99 ${health.p99Ms} ms`);
  assert.ok(others.p99Ms <= 100, `others p99 ${others.p99Ms} ms`);
  assert.ok(endedMs < statementTimeoutMs + 3_000, `ended after ${endedMs} ms`);
});

/** A server over a table that was filled behind its back. */
async function serve(): Promise<ServingPlinth> {
  const directory = temporaryFolder();
  const collections = join(directory, 'collections');
  mkdirSync(collections);
  writeFileSync(join(collections, 'posts.json'), JSON.stringify(posts));
  const environment = {
    COLLECTIONS_DIR: collections,
    DATABASE_STATEMENT_TIMEOUT_MS: String(statementTimeoutMs),
    LOG_FORMAT: 'json',
  };
  await (await servePlinth({ directory, environment })).stop();
  new BetterSqlite3(join(directory, 'data', 'plinth.db')).exec(rowsSql).close();
  return servePlinth({ directory, environment });
}

function tell(t: TestContext, results: Record<string, Awaited<ReturnType<typeof load>>>): void {
  for (const [name, { servedPerSecond, p50Ms, p99Ms, maxMs, statuses }] of Object.entries(results))
    t.diagnostic(
      `${name}: ${servedPerSecond.toFixed(0)}/s, p50 ${p50Ms.toFixed(1)}, p99 ${p99Ms.toFixed(1)}, max ${maxMs.toFixed(0)} ms, ${JSON.stringify(statuses)}`,
    );
}
