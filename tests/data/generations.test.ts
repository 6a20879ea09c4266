import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createGenerationsRepository,
  createRecordsRepository,
  type Database,
  type Transaction,
} from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import { createCollections } from '#services/collections/index.ts';
import { eachDatabase } from '../support/databases.ts';
import { quiet } from '../support/plinth/log.ts';

const users = { name: 'users', properties: { email: { type: 'string' } } };
const definitions: readonly CollectionDefinition[] = [
  users,
  { name: 'teams', properties: { name: { type: 'string' } } },
  {
    name: 'notes',
    cache: { maxAge: 30 },
    properties: { title: { type: 'string' }, team: { reference: 'teams', onDelete: 'cascade' } },
  },
  { name: 'logs', properties: { team: { reference: 'teams', onDelete: 'setNull' } } },
];

eachDatabase((kind) => {
  async function open(database?: Database) {
    database ??= await kind.open();
    const collections = createCollections({ database, log: quiet });
    await collections.apply(definitions);
    const stored = createRecordsRepository(database);
    const collection = (name: string) => collections.current().collections.get(name) as Collection;
    const current = (from = database) =>
      from.read((reader) => createGenerationsRepository(from).current(reader));
    let ids = 0;
    return {
      database,
      collections,
      current,
      changedSince: async (before: ReadonlyMap<string, string>) => {
        const after = await current();
        return [...after].flatMap(([name, generation]) => (before.get(name) === generation ? [] : [name]));
      },
      insert: (transaction: Transaction, name: string, values: Record<string, string> = {}) => {
        const id = `019b0000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
        const now = '2026-01-31T10:00:00.000Z';
        const record = { id, createdAt: now, updatedAt: now, version: 1, ...values } as StoredRecord;
        return stored.insert(transaction, collection(name), record).then(() => record);
      },
      update: (transaction: Transaction, name: string, before: StoredRecord, values: object) =>
        stored.update(transaction, collection(name), before, { ...before, ...values }),
      remove: (transaction: Transaction, name: string, { id }: StoredRecord) =>
        stored.remove(transaction, collections.current(), collection(name), id),
    };
  }

  test('every watched collection has a generation once the schema is there, another one in each database', async () => {
    const [one, other] = [await open(), await open()];
    assert.deepEqual([...(await one.current()).keys()], ['notes', 'teams']);
    assert.notDeepEqual(await one.current(), await other.current());
  });

  test('a change of a watched collection moves its generation with the commit, each kind of change', async () => {
    const { database, current, changedSince, insert, update, remove } = await open();
    let before = await current();
    const note = await database.write((transaction) => insert(transaction, 'notes'));
    assert.deepEqual(await changedSince(before), ['notes']);
    before = await current();
    await database.write((transaction) => update(transaction, 'notes', note, { title: 'changed' }));
    assert.deepEqual(await changedSince(before), ['notes']);
    before = await current();
    await database.write((transaction) => remove(transaction, 'notes', note));
    assert.deepEqual(await changedSince(before), ['notes']);
  });

  test('a change of another collection moves none, nor does a unit that is given up', async () => {
    const { database, current, changedSince, insert } = await open();
    const before = await current();
    await database.write((transaction) => insert(transaction, 'logs'));
    await assert.rejects(
      database.write(async (transaction) => {
        await insert(transaction, 'notes');
        throw new Error('changed my mind');
      }),
    );
    assert.deepEqual(await changedSince(before), []);
  });

  test('SQL by hand moves it as well', async () => {
    const { database, current, changedSince, insert } = await open();
    await database.write((transaction) => insert(transaction, 'notes'));
    const before = await current();
    await database.write((transaction) =>
      transaction.run({ sql: `UPDATE "notes" SET "title" = 'by hand'`, parameters: [] }),
    );
    assert.deepEqual(await changedSince(before), ['notes']);
  });

  test('a removal moves those whose records go along with it', async () => {
    const { database, current, changedSince, insert, remove } = await open();
    const team = await database.write((transaction) => insert(transaction, 'teams'));
    await database.write((transaction) => insert(transaction, 'notes', { team: team.id }));
    const before = await current();
    await database.write((transaction) => remove(transaction, 'teams', team));
    assert.deepEqual(await changedSince(before), ['notes', 'teams']);
  });

  test('each of many writers at once moves it, and none waits for another for good', async () => {
    const { database, current, insert } = await open();
    const seen = new Set([(await current()).get('notes')]);
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        database.write(async (transaction) => {
          await insert(transaction, index % 2 === 0 ? 'notes' : 'teams');
          await insert(transaction, index % 2 === 0 ? 'teams' : 'notes');
        }),
      ),
    );
    seen.add((await current()).get('notes'));
    assert.equal(seen.size, 2);
  });

  if (kind.name === 'postgres') {
    test('a writer waits for no other that has not committed, and there are no more marks than writers', async () => {
      const { database, current, insert } = await open();
      const before = await current();
      await database.write(async (transaction) => {
        await insert(transaction, 'notes');
        await database.write((other) => insert(other, 'notes'));
        const between = await current();
        assert.notEqual(between.get('notes'), before.get('notes'));
        await database.write((other) => insert(other, 'notes'));
        assert.notEqual((await current()).get('notes'), between.get('notes'));
      });
      const count = { sql: 'SELECT count(*) AS "marks" FROM "_plinth_generations"', parameters: [] };
      const rows = await database.read((reader) => reader.all<{ marks: number }>(count));
      // Two of notes, and one each that only changes of the schema renew.
      assert.equal(rows[0]?.marks, 2 + 2);
    });
  }

  test('another process sees them move', async () => {
    const url = await kind.createUrl();
    const { database, insert } = await open(kind.openUrl(url));
    const replica = await open(kind.openUrl(url));
    const before = await replica.current();
    await database.write((transaction) => insert(transaction, 'notes'));
    assert.deepEqual(await replica.changedSince(before), ['notes']);
  });

  const newer: readonly CollectionDefinition[] = [
    ...definitions.filter(({ name }) => name !== 'logs'),
    { name: 'logs', cache: { maxAge: 1 }, properties: { team: { reference: 'teams', onDelete: 'setNull' } } },
  ];

  test('after a change of the schema all are new, for processes with older definitions too', async () => {
    const url = await kind.createUrl();
    const older = await open(kind.openUrl(url));
    const replica = await open(kind.openUrl(url));
    const before = await replica.current();
    await replica.collections.apply(newer);
    const after = await replica.current();
    assert.deepEqual([...after.keys()], ['logs', 'notes', 'teams']);
    assert.deepEqual(await older.current(), after);
    for (const [name, generation] of before) assert.notEqual(after.get(name), generation, name);
    await replica.collections.apply(definitions);
    assert.deepEqual([...(await older.current()).keys()], ['notes', 'teams']);
  });

  test('a process with older definitions moves what the newer ones want watched', async () => {
    const url = await kind.createUrl();
    const older = await open(kind.openUrl(url));
    const replica = await open(kind.openUrl(url));
    await replica.collections.apply(newer);
    let before = await replica.current();
    await older.database.write((transaction) => older.insert(transaction, 'logs'));
    assert.deepEqual(await replica.changedSince(before), ['logs']);
    const team = await older.database.write((transaction) => older.insert(transaction, 'teams'));
    await older.database.write(async (transaction) => {
      for (const name of ['logs', 'notes']) await older.insert(transaction, name, { team: team.id });
    });
    before = await replica.current();
    await older.database.write((transaction) => older.remove(transaction, 'teams', team));
    assert.deepEqual(await replica.changedSince(before), ['logs', 'notes', 'teams']);
  });
});
