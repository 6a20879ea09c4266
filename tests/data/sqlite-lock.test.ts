import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseUnavailable } from '#data/index.ts';
import { testDatabase } from '../support/databases.ts';

const databases = testDatabase('sqlite');
const promisedMs = 5_000;
/** The machine may be busy with other things. */
const slackMs = 1_500;

test('writes that wait for another process are given up within 5 s of their own, and go on when it is done', async () => {
  const url = await databases.createUrl();
  const database = databases.openUrl(url);
  await database.write((transaction) =>
    transaction.run({ sql: 'CREATE TABLE items (n INTEGER)', parameters: [] }),
  );
  const other = new BetterSqlite3(url.slice('sqlite:'.length));
  const insert = async (n: number) => {
    const startedMs = performance.now();
    const outcome = await database
      .write((transaction) => transaction.run({ sql: 'INSERT INTO items VALUES (?)', parameters: [n] }))
      .catch((error: unknown) => (error instanceof DatabaseUnavailable ? error.reason : error));
    return { outcome, tookMs: performance.now() - startedMs };
  };
  other.exec('BEGIN IMMEDIATE');
  const first = insert(1);
  // Each comes while the one before waits for the lock.
  await delay(1_000);
  const second = insert(2);
  const given = await first;
  const late = insert(3);
  const rest = await second;
  other.exec('COMMIT').close();
  for (const { outcome, tookMs } of [given, rest]) {
    assert.equal(outcome, 'busy');
    assert.ok(tookMs < promisedMs + slackMs, `${tookMs} ms`);
  }
  assert.equal((await late).outcome, 1);
});
