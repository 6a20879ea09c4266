import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '#data/index.ts';
import { testDatabase } from '../support/databases.ts';

const postgres = testDatabase('postgres');
const texts = ['SELECT 1 AS "n"', 'SELECT 2 AS "n"', 'SELECT 3 AS "n"'];
const kept = {
  sql: `SELECT name, statement FROM pg_prepared_statements WHERE statement LIKE 'SELECT _ AS "n"'`,
  parameters: [],
};

/** Asks the same again and again, then lists what one connection of a new process keeps of it. */
async function preparedAfter(url: string, order: readonly string[], prepare: 'auto' | 'off') {
  const database = openDatabase({ url, poolMax: 2, statementTimeoutMs: 5_000, prepare });
  try {
    for (let round = 0; round < 4; round++)
      for (const sql of order) await database.read((reader) => reader.all({ sql, parameters: [] }));
    const rows = await database.read((reader) => reader.all<{ name: string; statement: string }>(kept));
    return new Map(rows.map(({ name, statement }) => [statement, name]));
  } finally {
    await database.close();
  }
}

test('two processes give a statement one name, in whatever order they come to know it', async () => {
  const url = await postgres.createUrl();
  const one = await preparedAfter(url, texts, 'auto');
  const other = await preparedAfter(url, texts.toReversed(), 'auto');
  assert.equal(new Set(one.values()).size, texts.length);
  for (const sql of texts) assert.equal(one.get(sql), other.get(sql));
});

test('with prepare off no connection keeps a statement', async () => {
  assert.deepEqual(await preparedAfter(await postgres.createUrl(), texts, 'off'), new Map());
});
