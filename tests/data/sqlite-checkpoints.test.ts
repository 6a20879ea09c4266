import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { testDatabase } from '../support/databases.ts';

const databases = testDatabase('sqlite');
const statement = (sql: string, ...parameters: unknown[]) => ({ sql, parameters });
const aMegabyte = 1024 * 1024;

test('the log shrinks while serving, after a reader and a large transaction have made it long', async () => {
  const url = await databases.createUrl();
  const path = url.slice('sqlite:'.length);
  const database = databases.openUrl(url);
  const logSize = () => statSync(`${path}-wal`).size;
  const insert = (rows: number) =>
    database.write(async (transaction) => {
      for (let n = 0; n < rows; n++)
        await transaction.run(statement('INSERT INTO items VALUES (?)', 'x'.repeat(4_000)));
    });
  await database.write((transaction) => transaction.run(statement('CREATE TABLE items (t TEXT)')));
  const reader = new BetterSqlite3(path, { readonly: true });
  reader.exec('BEGIN').prepare('SELECT count(*) FROM items').get();
  await insert(10_000);
  assert.ok(logSize() > 30 * aMegabyte);
  reader.exec('COMMIT').close();
  const usedBefore = process.threadCpuUsage();
  while (logSize() > 16 * aMegabyte) await insert(1);
  const { system } = process.threadCpuUsage(usedBefore);
  assert.ok(system / 1_000 < 1_000, `${system / 1_000} ms in the system on the loop's thread`);
});

test('the log stays short under writes that never pause', async (t) => {
  const url = await databases.createUrl();
  const database = databases.openUrl(url);
  await database.write((transaction) => transaction.run(statement('CREATE TABLE items (t TEXT)')));
  const endsAtMs = performance.now() + 4_000;
  let written = 0;
  const write = async () => {
    while (performance.now() < endsAtMs) {
      await database.write((transaction) =>
        transaction.run(statement('INSERT INTO items VALUES (?)', 'x'.repeat(20_000))),
      );
      written += 20_000;
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
  const size = statSync(`${url.slice('sqlite:'.length)}-wal`).size;
  t.diagnostic(`${size} bytes of log after ${written}`);
  assert.ok(size < Math.max(40 * aMegabyte, written / 2), `${size} bytes of log after ${written}`);
});
