import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KindName } from '#domain/kinds/kind.ts';
import { sql } from 'kysely';
import { DatabaseUnavailable, ReferenceViolation, UniqueViolation, type Database } from '#data/index.ts';
import { eachDatabase } from '../support/databases.ts';

eachDatabase((kind) => {
  async function openWithTables(): Promise<Database> {
    const database = await kind.open();
    const { build } = database;
    await database.changeSchema(
      async (transaction) => {
        await transaction.run(
          build.schema
            .createTable('parents')
            .addColumn('id', 'integer', (c) => c.primaryKey())
            .compile(),
        );
        await transaction.run(
          build.schema
            .createTable('items')
            .addColumn('id', 'integer', (c) => c.primaryKey())
            .addColumn('name', 'text', (c) => c.unique())
            .addColumn('parent', 'integer', (c) => c.references('parents.id'))
            .compile(),
        );
      },
      { lockTimeoutMs: 1000 },
    );
    return database;
  }

  const insert = (database: Database, row: object) =>
    database.build.insertInto('items').values(row).compile();
  const namesOf = async (database: Database) => {
    const statement = database.build.selectFrom('items').select('name').orderBy('id').compile();
    const rows = await database.read((reader) => reader.all<{ name: string }>(statement));
    return rows.map((row) => row.name);
  };

  test('a transaction commits as a whole, and readers see it afterwards', async () => {
    const database = await openWithTables();
    const value = await database.write(async (transaction) => {
      await transaction.run(insert(database, { id: 1, name: 'a' }));
      await transaction.run(insert(database, { id: 2, name: 'b' }));
      return 'done';
    });
    assert.equal(value, 'done');
    assert.deepEqual(await namesOf(database), ['a', 'b']);
  });

  test('a unit that throws leaves nothing behind, and its neighbours are not touched', async () => {
    const database = await openWithTables();
    const units = ['a', 'fails', 'c'].map((name, id) =>
      database.write(async (transaction) => {
        await transaction.run(insert(database, { id, name }));
        if (name === 'fails') throw new Error('changed my mind');
      }),
    );
    const results = await Promise.allSettled(units);
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(await namesOf(database), ['a', 'c']);
  });

  test('a hundred units at once all commit', async () => {
    const database = await openWithTables();
    await Promise.all(
      Array.from({ length: 100 }, (_, id) =>
        database.write((transaction) => transaction.run(insert(database, { id, name: `n${id}` }))),
      ),
    );
    assert.equal((await namesOf(database)).length, 100);
  });

  test('a taken unique value and a missing reference have names of their own', async () => {
    const database = await openWithTables();
    await database.write((transaction) => transaction.run(insert(database, { id: 1, name: 'a' })));
    const twice = database.write((transaction) => transaction.run(insert(database, { id: 2, name: 'a' })));
    await assert.rejects(twice, (error) => {
      assert.ok(error instanceof UniqueViolation);
      assert.ok(error.columns?.includes('name') === true || error.constraint === 'items_name_key');
      return true;
    });
    const orphan = database.write((transaction) =>
      transaction.run(insert(database, { id: 3, name: 'b', parent: 99 })),
    );
    await assert.rejects(orphan, ReferenceViolation);
  });

  test('a schema change that breaks a reference is given up', async () => {
    const database = await openWithTables();
    const change = database.changeSchema(
      async (transaction) => {
        await transaction.run(insert(database, { id: 1, name: 'x', parent: 5 }));
      },
      { lockTimeoutMs: 1000 },
    );
    await assert.rejects(change);
    assert.deepEqual(await namesOf(database), []);
  });

  test('two schema changes wait for each other, up to the time limit', async () => {
    const url = await kind.createUrl();
    const [one, two] = [kind.openUrl(url), kind.openUrl(url)];
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let began = (): void => undefined;
    const beginning = new Promise<void>((resolve) => (began = resolve));
    const first = one.changeSchema(
      async (transaction) => {
        await transaction.run(
          one.build.schema.createTable('made_by_first').addColumn('id', 'integer').compile(),
        );
        began();
        await finished;
      },
      { lockTimeoutMs: 1000 },
    );
    await beginning;
    await assert.rejects(
      two.changeSchema(() => Promise.resolve(), { lockTimeoutMs: 100 }),
      { code: 'schema_locked', message: /more than 0.1 s/ },
    );
    const second = two.changeSchema(
      (transaction) => transaction.all(two.build.selectFrom('made_by_first').select('id').compile()),
      { lockTimeoutMs: 5000 },
    );
    finish();
    await first;
    assert.deepEqual(await second, []);
  });

  test('values come back alike on both databases', async () => {
    const database = await kind.open();
    const { dialect, build } = database;
    const values: Record<string, unknown> = {
      string: 'ünï 😀',
      integer: Number.MAX_SAFE_INTEGER,
      number: 0.1 + 0.2,
      boolean: true,
      date: '2026-01-31',
      timestamp: '0001-01-31T10:00:00.120Z',
      reference: '01890a5d-ac96-774b-bcce-b302099a8057',
      json: { a: [1, null, 'x'] },
    };
    const columns = Object.keys(values);
    const form = (name: string) => ({ kind: name as KindName });
    const types = columns.map((name) => `"${name}" ${dialect.columnType(form(name))}`);
    await database.changeSchema(
      async (transaction) => {
        await transaction.run({ sql: `CREATE TABLE samples (${types.join(', ')})`, parameters: [] });
      },
      { lockTimeoutMs: 1000 },
    );
    const bound = Object.fromEntries(
      columns.map((name) => [name, dialect.toColumn(form(name), values[name])]),
    );
    await database.write((transaction) =>
      transaction.run(build.insertInto('samples').values(bound).compile()),
    );
    const [row] = await database.read((reader) =>
      reader.all<Record<string, unknown>>(build.selectFrom('samples').select(columns).compile()),
    );
    const read = Object.fromEntries(
      columns.map((name) => [name, dialect.fromColumn(form(name), row?.[name])]),
    );
    assert.deepEqual(read, values);
  });

  test('a closed database refuses, and closing twice is fine', async () => {
    const database = await kind.open();
    await database.ping();
    await database.close();
    await database.close();
    await assert.rejects(database.ping());
  });

  test('a statement is compiled for its own database', async () => {
    const database = await kind.open();
    const compiled = sql`select ${1}`.compile(database.build);
    assert.equal(compiled.sql, database.dialect.name === 'sqlite' ? 'select ?' : 'select $1');
  });
});

test('a server that is not there is unavailable, not a crash', async () => {
  const { openDatabase } = await import('#data/index.ts');
  const database = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    poolMax: 1,
    statementTimeoutMs: 1000,
  });
  await assert.rejects(
    database.ping(),
    (error) => error instanceof DatabaseUnavailable && error.reason === 'unreachable',
  );
  await database.close();
});
