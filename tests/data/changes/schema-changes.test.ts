import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionDefinition, PropertyDefinition } from '#domain/collections/definition.ts';
import { execute, eachDatabase } from '../../support/databases.ts';
import { openLogged, type Logged } from './fixture.ts';

const users: CollectionDefinition = { name: 'users', properties: {} };
const text: PropertyDefinition = { type: 'string' };

function notes(properties: Record<string, PropertyDefinition>, more: Partial<CollectionDefinition> = {}) {
  return { name: 'notes', properties, ...more };
}

/** Each step with a definition of its own, from the one before. */
const steps: readonly (readonly [what: string, definition: CollectionDefinition])[] = [
  ['a column that is added', notes({ title: text, body: text })],
  [
    'a column that is added and filled',
    notes({ title: text, body: text, rank: { type: 'integer', default: 3 } }, { required: ['rank'] }),
  ],
  [
    'a column that is renamed',
    notes({ heading: { ...text, was: 'title' }, body: text, rank: { type: 'integer' } }),
  ],
  ['a column of another type', notes({ heading: text, body: text, rank: { type: 'string' } })],
  ['a column that goes', notes({ heading: text, rank: { type: 'string' } })],
  [
    'an index and a search',
    notes({ heading: text, rank: text }, { indexes: [['rank']], search: ['heading'] }),
  ],
  ['a collection that is renamed', { ...notes({ heading: text, rank: text }), name: 'pages', was: 'notes' }],
];

eachDatabase((kind) => {
  async function apply(log: Logged, definition: CollectionDefinition) {
    await log.collections.apply([users, definition], { allowDestructive: true });
  }

  test('a change of the schema writes no entry, and afterwards every change of a record is told', async () => {
    const log = await openLogged(await kind.open(), [users, notes({ title: text })]);
    const record = log.make({ title: 'before' });
    await log.create('notes', record);
    for (const [what, definition] of steps) {
      const start = await log.position();
      await apply(log, definition);
      assert.deepEqual(await log.since(start), [], what);
      const { name } = definition;
      const created = log.make({ rank: 3 });
      await log.sql(
        `INSERT INTO "${name}" ("id", "createdAt", "updatedAt", "version"${'rank' in definition.properties ? ', "rank"' : ''}) ` +
          `VALUES ('${created.id}', '${created.createdAt}', '${created.createdAt}', 1${'rank' in definition.properties ? ", '3'" : ''})`,
      );
      await log.sql(`UPDATE "${name}" SET "version" = "version" + 1 WHERE "id" = '${record.id}'`);
      await log.sql(`DELETE FROM "${name}" WHERE "id" = '${created.id}'`);
      const entries = await log.since(start);
      assert.deepEqual(
        entries.map(({ collection, id, kind }) => [collection, id, kind]),
        [
          [name, created.id, 'create'],
          [name, record.id, 'update'],
          [name, created.id, 'delete'],
        ],
        what,
      );
      const stored = await log.database.read((reader) =>
        log.records.find(reader, log.collection(name), record.id),
      );
      assert.deepEqual(entries[1]?.after, stored, what);
      assert.equal(stored?.version, 2 + steps.findIndex(([each]) => each === what), what);
    }
    assert.deepEqual(await log.collections.drift(), []);
  });

  test('"changes" can be taken away and given back, and a collection can go', async () => {
    const log = await openLogged(await kind.open(), [users, notes({ title: text })]);
    const start = await log.position();
    await apply(log, notes({ title: text }, { changes: false }));
    await log.create('notes', log.make());
    assert.deepEqual(await log.since(start), []);
    await apply(log, notes({ title: text }));
    await log.create('notes', log.make());
    assert.equal((await log.since(start)).length, 1);
    await log.collections.apply([users], { allowDestructive: true });
    assert.deepEqual(await log.since(start), []);
  });

  test('entries from before are read as records of the collection as it is now', async () => {
    const log = await openLogged(await kind.open(), [users, notes({ title: text, body: text })]);
    const start = await log.position();
    await log.create('notes', log.make({ title: 'one', body: 'two' }));
    await apply(log, notes({ title: text, rank: { type: 'integer' } }));
    const [change] = await log.since(start);
    assert.deepEqual(Object.keys(change?.after ?? {}), [
      'id',
      'createdAt',
      'updatedAt',
      'version',
      'title',
      'rank',
    ]);
    assert.deepEqual([change?.after?.title, change?.after?.rank], ['one', null]);
  });

  test('the drift names a trigger that somebody has dropped', async () => {
    const log = await openLogged(await kind.open(), [users, notes({ title: text })]);
    const [name, on] =
      kind.name === 'sqlite' ? ['_plinth_update_notes', ''] : ['_plinth_change', ' ON "notes"'];
    await log.sql(`DROP TRIGGER "${name}"${on}`);
    assert.deepEqual(await log.collections.drift(), [
      `The trigger "${name}" of "notes" is missing, switched off or another one.`,
    ]);
  });

  if (kind.name !== 'postgres') return;

  test('whoever may change a table may do so, whatever their search path and time zone', async () => {
    const url = await kind.createUrl();
    const log = await openLogged(kind.openUrl(url), [
      users,
      notes({ at: { type: 'string', format: 'date-time' } }),
    ]);
    const at = '2026-01-31T10:00:00.100Z';
    const record = log.make({ at });
    const start = await log.position();
    const role = `clerk_${process.pid}`;
    await execute(url, `CREATE ROLE ${role}; GRANT INSERT, UPDATE, SELECT ON "notes" TO ${role}`);
    await execute(
      url,
      `SET ROLE ${role}; SET search_path = pg_catalog; SET TIME ZONE 'Asia/Tokyo'; INSERT INTO public."notes" ` +
        `VALUES ('${record.id}', '${record.createdAt}', '${record.updatedAt}', 1, '${at}')`,
    );
    await execute(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    assert.deepEqual(
      (await log.since(start)).map(({ after }) => after),
      [record],
    );
  });
});
