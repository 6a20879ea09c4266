import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  openDatabase,
  DatabaseUnavailable,
  type Database,
  type Demand,
  type Statement,
} from '#data/index.ts';
import { testDatabase } from '../support/databases.ts';

const statementTimeoutMs = 300;
const rows = 20_000;

const statement = (sql: string, ...parameters: unknown[]): Statement => ({ sql, parameters });
/** Each numbered differently: nothing is known of it when it first runs. */
const endless = (number: number): Statement =>
  statement(`select n from items as _r where /*row _r*/(exists
    (select 1 from items as _e1 where /*row _e1*/(_e1.title || _r.title = _r.title))) limit ${1000 + number}`);
const sorted = statement('select n, title from items as _r/*where _r*/ order by title desc, n limit 3');
const counted = statement('select count(*) as total from items as _r where /*row _r*/(title <> ?)', '');

describe('reads on SQLite', () => {
  const databases = testDatabase('sqlite');
  let url: string;
  before(async () => {
    url = await databases.createUrl();
    const database = databases.openUrl(url);
    await database.changeSchema(
      async (transaction) => {
        await transaction.run(statement('create table items (n integer primary key, title text)'));
        await transaction.run(
          statement(`insert into items with recursive c(n) as (select 1 union all select n + 1 from c where n < ${rows})
            select n, 'title ' || (n % 1000) || hex(zeroblob(200)) from c`),
        );
      },
      { lockTimeoutMs: 1000 },
    );
  });

  function open(options = { statementTimeoutMs }): Database & AsyncDisposable {
    const database = openDatabase({ url, poolMax: 1, ...options });
    return { ...database, [Symbol.asyncDispose]: () => database.close() };
  }
  const all = <Row>(database: Database, read: Statement, demand?: Demand) =>
    database.read((reader) => reader.all<Row>(read), demand);
  const isUnavailable = (reason: DatabaseUnavailable['reason']) => (error: unknown) =>
    error instanceof DatabaseUnavailable && error.reason === reason;

  /** For a while, what is not known to be quick begins in a thread. */
  const tooSlow = (database: Database) => assert.rejects(all(database, endless(1)), isUnavailable('timeout'));

  it('end at the time limit, and meanwhile the event loop has nothing to do', async () => {
    await using database = open();
    const before = process.threadCpuUsage();
    const startedMs = performance.now();
    await assert.rejects(all(database, endless(0)), isUnavailable('timeout'));
    const tookMs = performance.now() - startedMs;
    const { user, system } = process.threadCpuUsage(before);
    assert.ok(tookMs >= statementTimeoutMs, `${tookMs} ms`);
    assert.ok((user + system) / 1000 < 100, `${(user + system) / 1000} ms of the loop's thread`);
  });

  it('return the same from a thread as from the event loop', async () => {
    await using database = open();
    const values = (rest: string) =>
      statement(`select 1 as one, null as "none", 1.5 as half, 'text' as text, x'0102' as bytes${rest}`);
    const here = await all<Record<string, unknown>>(database, values(''));
    await tooSlow(database);
    const there = await all<Record<string, unknown>>(
      database,
      values(' from items as _r where /*row _r*/(n = 1)'),
    );
    assert.deepEqual(there.map(plain), here.map(plain));
  });

  it('see one snapshot, whatever commits between their statements', async () => {
    await using database = open();
    await tooSlow(database);
    let added = rows;
    // May be run again: a busy machine makes short statements long.
    const totals = await database.read(async (reader) => {
      const read = async () => (await reader.all<{ total: number }>(counted))[0]?.total;
      await reader.all(sorted);
      const one = await read();
      await database.write((transaction) =>
        transaction.run(statement('insert into items values (?, ?)', ++added, 'new')),
      );
      await reader.all(sorted);
      return [one, await read()];
    });
    await database.write((transaction) => transaction.run(statement('delete from items where n > ?', rows)));
    assert.equal(totals[0], totals[1]);
  });

  it('take turns by caller, however many reads one of them has in line', async () => {
    await using database = open();
    const leaving = new AbortController();
    const { signal } = leaving;
    const size = 150;
    let ended = 0;
    const flood = Array.from({ length: size }, (_, number) =>
      all(database, endless(100 + number), { caller: 'flood', collections: ['items'], signal })
        .catch((error: unknown) => error)
        .finally(() => ended++),
    );
    const [found] = await all<{ total: number }>(database, counted, {
      caller: 'other',
      collections: ['items'],
    });
    assert.equal(found?.total, rows);
    assert.ok(ended < size / 2, `${ended} of ${size} had their turn before`);
    leaving.abort();
    assert.ok((await Promise.all(flood)).every((end) => end instanceof DatabaseUnavailable));
  });

  it('stop, or leave the line, when nobody waits for them any more', async () => {
    const aMinute = 60_000;
    await using database = open({ statementTimeoutMs: aMinute });
    const leaving = new AbortController();
    const reads = Array.from({ length: 10 }, (_, number) =>
      all(database, endless(500 + number), { signal: leaving.signal }),
    );
    const ending = reads.map((read) => read.catch((error: unknown) => error));
    await delay(200);
    leaving.abort();
    const ends = await Promise.all(ending);
    assert.ok(ends.every(isUnavailable('cancelled')));
  });

  it('come in parts where they are large, and the event loop is free between them', async () => {
    await using database = open({ statementTimeoutMs: 30_000 });
    const large = statement(
      `select n, hex(zeroblob(100000)) as body from items as _r where /*row _r*/(n <= ?)`,
      300,
    );
    const found = await all<{ body: string }>(database, large);
    assert.equal(found.length, 300);
    assert.ok(found.every(({ body }) => body.length === 200_000));
  });
});

const plain = (row: Record<string, unknown>) => ({ ...row, bytes: [...(row.bytes as Uint8Array)] });
