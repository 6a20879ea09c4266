import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseUnavailable, openDatabase, type Statement } from '#data/index.ts';
import { testDatabase } from '../support/databases.ts';

const databases = testDatabase('sqlite');
const statement = (sql: string, ...parameters: unknown[]): Statement => ({ sql, parameters });

test('a damaged page is told of once, as damage, and readiness is degraded from then on', async () => {
  const url = await databases.createUrl();
  const path = url.slice('sqlite:'.length);
  const made = new BetterSqlite3(path);
  made.exec(`PRAGMA journal_mode = WAL; CREATE TABLE whole (n INTEGER); CREATE TABLE items (n INTEGER PRIMARY KEY, t TEXT);
    INSERT INTO items WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) SELECT n, hex(zeroblob(50)) FROM c`);
  made.close();
  damage(path);
  const told: Error[] = [];
  const database = openDatabase({
    url,
    poolMax: 1,
    statementTimeoutMs: 1_000,
    onDamage: (error) => told.push(error),
  });
  try {
    const isDamage = (error: unknown) => error instanceof DatabaseUnavailable && error.reason === 'damaged';
    assert.equal(await database.probe(), 'ok');
    const scan = statement('SELECT count(t) AS total FROM items');
    await assert.rejects(
      database.read((reader) => reader.all(scan)),
      isDamage,
    );
    await assert.rejects(
      database.write((transaction) => transaction.run(statement(`UPDATE items SET t = 'x'`))),
      isDamage,
    );
    assert.equal(told.length, 1);
    assert.equal(await database.probe(), 'degraded');
    // What is whole goes on.
    await database.write((transaction) => transaction.run(statement('INSERT INTO whole VALUES (1)')));
    assert.equal(await database.probe(), 'degraded');
  } finally {
    await database.close();
  }
});

/** Writes over some pages in the middle, which are of `items`. */
function damage(path: string): void {
  const file = openSync(path, 'r+');
  for (let page = 20; page < 60; page++) writeSync(file, Buffer.alloc(4_096, 0xff), 0, 4_096, page * 4_096);
  closeSync(file);
}
