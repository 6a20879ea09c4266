import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { execute } from '../support/databases.ts';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server.ts';
import { startPlinth, type FaultOptions } from './plinth.ts';
import type { ServingPlinth } from '../support/plinth/process.ts';

const rows = 300_000;
const pageSize = 20;
const deepPage = 10_000;
const longestPage = 200;
const samples = 41;
/** Generous, since the machine does other things too; a page that is counted out costs a hundred times as much. */
const factorMax = 3;
const slackMs = 3;
/** Without the index every page would sort the table: more than a hundred milliseconds. */
const pageMsMax = 40;

const sorts = ['', 'rank', '-rank', 'grade', '-grade', 'rank,-id'];

/** Ids in the order of `n`, a hundred ranks, a grade that every third row lacks. */
const sqliteRows = `
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${rows})
  INSERT INTO readings (id, "createdAt", "updatedAt", version, rank, grade)
  SELECT printf('%08x-0000-7000-8000-000000000000', n), '2026-01-31T10:00:00.000Z', '2026-01-31T10:00:00.000Z', 1,
    (n * 7919) % 100, CASE WHEN n % 3 = 0 THEN NULL ELSE 'grade ' || ((n * 104729) % 500) END FROM numbers`;
const postgresRows = `
  INSERT INTO readings (id, "createdAt", "updatedAt", version, rank, grade)
  SELECT (lpad(to_hex(n), 8, '0') || '-0000-7000-8000-000000000000')::uuid, '2026-01-31T10:00:00Z',
    '2026-01-31T10:00:00Z', 1, (n::bigint * 7919) % 100,
    CASE WHEN n % 3 = 0 THEN NULL ELSE 'grade ' || ((n::bigint * 104729) % 500) END
  FROM generate_series(1, ${rows}) AS n`;

describe(`page ${deepPage} of a large table costs what page 1 costs`, () => {
  let folder: string;
  let postgres: PostgresServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-pages-'));
    postgres = await startPostgresServer();
  });
  after(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('on SQLite', async (t) => {
    const options = { folder: join(folder, 'sqlite') };
    await fill(options, () => {
      new BetterSqlite3(join(options.folder, 'plinth.db')).exec(sqliteRows).close();
    });
    await comparePages(options, (line) => t.diagnostic(line));
  });

  test('on PostgreSQL', async (t) => {
    const options = { folder: join(folder, 'postgres'), databaseUrl: postgres.url };
    await fill(options, async () => {
      await execute(postgres.url, postgresRows);
      await execute(postgres.url, 'ANALYZE readings');
    });
    await comparePages(options, (line) => t.diagnostic(line));
  });
});

/** Plinth makes the tables; the rows come straight from SQL, since how they came does not matter here. */
async function fill(options: FaultOptions, insert: () => Promise<void> | void): Promise<void> {
  const plinth = await startPlinth(options);
  await plinth.stop('SIGTERM');
  await insert();
}

async function comparePages(options: FaultOptions, report: (line: string) => void): Promise<void> {
  const plinth = await startPlinth(options);
  try {
    for (const sort of sorts) {
      const cursor = await cursorOf(plinth, sort, deepPage);
      const first: number[] = [];
      const deep: number[] = [];
      for (let sample = 0; sample < samples; sample++) {
        first.push(await timePage(plinth, sort, ''));
        deep.push(await timePage(plinth, sort, cursor));
      }
      const [firstMs, deepMs] = [median(first), median(deep)];
      const line = `sort=${sort}: page 1 ${firstMs.toFixed(2)} ms, page ${deepPage} ${deepMs.toFixed(2)} ms`;
      report(line);
      assert.ok(deepMs <= firstMs * factorMax + slackMs, line);
      assert.ok(deepMs <= pageMsMax && firstMs <= pageMsMax, line);
    }
  } finally {
    await plinth.stop('SIGKILL');
  }
}

/** The cursor after which `page` begins; it does not depend on the page size, so long pages lead there. */
async function cursorOf(plinth: ServingPlinth, sort: string, page: number): Promise<string> {
  const steps = Math.floor(((page - 1) * pageSize) / longestPage);
  let cursor = '';
  for (let step = 0; step < steps; step++) {
    const answer = await plinth.request('GET', path(sort, cursor, longestPage));
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.ok(answer.body.page.next !== null, `sort=${sort}: the list ends on page ${step + 1}`);
    cursor = answer.body.page.next;
  }
  return cursor;
}

async function timePage(plinth: ServingPlinth, sort: string, cursor: string): Promise<number> {
  const startedAt = performance.now();
  const answer = await plinth.request('GET', path(sort, cursor, pageSize));
  const took = performance.now() - startedAt;
  assert.equal(answer.body.data.length, pageSize);
  return took;
}

function path(sort: string, cursor: string, limit: number): string {
  const parameters = new URLSearchParams({ limit: String(limit) });
  if (sort !== '') parameters.set('sort', sort);
  if (cursor !== '') parameters.set('cursor', cursor);
  return `/v1/readings?${parameters}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
