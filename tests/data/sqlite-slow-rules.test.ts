import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseUnavailable, openDatabase, type Statement, type Transaction } from '#data/index.ts';
import { testDatabase } from '../support/databases.ts';

const databases = testDatabase('sqlite');
const statement = (sql: string, ...parameters: unknown[]): Statement => ({ sql, parameters });
/** As of a rule: `times` passes over the table, which take a while. */
const slow = (times: number) =>
  statement(
    `select count(*) as total from items as _r where /*row _r*/(n <= ? and exists
      (select 1 from items as _e1 where /*row _e1*/(_e1.title || _r.title = 'none'))) or n = 1`,
    times,
  );
const insert = (n: number) => statement('insert into items values (?, ?)', n, `title ${n}`);

test('a slow rule of a write runs in a thread, and sees what is committed', async () => {
  const url = await databases.createUrl();
  const statementTimeoutMs = 5_000;
  const database = openDatabase({ url, poolMax: 1, statementTimeoutMs });
  try {
    await database.write(async (transaction) => {
      await transaction.run(statement('create table items (n integer primary key, title text)'));
      for (let n = 1; n <= 20_000; n++) await transaction.run(insert(n));
    });
    const total = async (transaction: Transaction, times: number) =>
      (await transaction.all<{ total: number }>(slow(times)))[0]?.total;
    let turns = 0;
    const timer = setInterval(() => turns++, 10);
    const usedBefore = process.threadCpuUsage();
    let runs = 0;
    const checked = await Promise.all([
      database.write(async (transaction) => {
        runs++;
        const found = await total(transaction, 100);
        await transaction.run(insert(20_001));
        return found;
      }),
      database.write((transaction) => transaction.run(insert(20_002))),
    ]);
    const { user, system } = process.threadCpuUsage(usedBefore);
    clearInterval(timer);
    assert.deepEqual(checked, [1, 1]);
    assert.equal(runs, 2, 'once with others, once by itself');
    assert.ok((user + system) / 1_000 < 150, `${(user + system) / 1_000} ms of the loop's thread`);
    assert.ok(turns > 3, `${turns} turns of the loop`);
    await assert.rejects(
      database.write((transaction) => total(transaction, 20_000)),
      (error) => error instanceof DatabaseUnavailable && error.reason === 'timeout',
    );
    const rows = statement('select n from items where n > 20000 order by n');
    assert.deepEqual(await database.read((reader) => reader.all(rows)), [{ n: 20_001 }, { n: 20_002 }]);
  } finally {
    await database.close();
  }
});
