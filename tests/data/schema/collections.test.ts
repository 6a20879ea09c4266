import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchTableName } from '#domain/collections/names.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { define, definitions, id, lines, Living } from './fixture.ts';

const projects = define('projects', { name: { type: 'string' } });
const tasks = (rest: object = {}, onDelete?: string) =>
  define('tasks', {
    title: { type: 'string' },
    project: { reference: 'projects', ...(onDelete !== undefined && { onDelete }), ...rest } as never,
  });

eachDatabase((database) => {
  test('a collection is added beside the ones that are there, and removed when that is allowed', async () => {
    const living = await Living.on(database, projects);
    await living.insert('projects', [{ name: 'p' }]);
    assert.deepEqual(lines(await living.apply(projects, tasks())), ['tasks: add collection "tasks"']);
    await living.insert(
      'tasks',
      [
        { title: 'a', project: id(0) },
        { title: 'b', project: null },
      ],
      1,
    );
    await assert.rejects(
      living.service.apply(definitions(projects)),
      /tasks: remove collection "tasks": its 2 records are lost/,
    );
    await living.apply(projects);
    assert.deepEqual(await living.values('projects', 'name'), ['p']);
    assert.ok(!(await living.tables()).some(({ name }) => name === 'tasks'));
  });

  test('a renamed collection keeps its records, its indexes and what refers to it', async () => {
    const before = { ...projects, search: ['name'], indexes: [['createdAt']] };
    const living = await Living.on(database, before, tasks({}, 'cascade'));
    await living.insert('projects', [{ name: 'p' }]);
    await living.insert('tasks', [{ title: 'a', project: id(0) }], 1);
    const works: CollectionDefinition = { ...before, name: 'works', was: 'projects' };
    const referring = define('tasks', {
      title: { type: 'string' },
      project: { reference: 'works', onDelete: 'cascade' },
    });
    assert.deepEqual(lines(await living.apply(works, referring)), [
      'works: rename collection "projects" to "works"',
    ]);
    assert.deepEqual(await living.values('works', 'name'), ['p']);
    assert.deepEqual(await living.values('tasks', 'project'), [id(0)]);
    assert.deepEqual(await words(living, 'works'), [['p', id(0)]]);
    const fresh = await Living.on(database, works, referring);
    assert.deepEqual(await living.tables(), await fresh.tables());
    await living.database.write((transaction) =>
      transaction.run(living.database.build.deleteFrom('works').compile()),
    );
    assert.deepEqual(await living.values('tasks', 'title'), [], 'the cascade still works');
  });

  test('a collection is renamed in the case of its letters only', async () => {
    const living = await Living.on(database, define('mytasks', { title: { type: 'string' } }));
    await living.insert('mytasks', [{ title: 'a' }]);
    await living.apply(define('myTasks', { title: { type: 'string' } }, { was: 'mytasks' }));
    assert.deepEqual(await living.values('myTasks', 'title'), ['a']);
    await living.apply(define('myTasks', { tItle: { type: 'string', was: 'title' } }));
    assert.deepEqual(await living.values('myTasks', 'tItle'), ['a']);
  });

  test('a collection that others refer to changes, and keeps being referred to', async () => {
    const living = await Living.on(database, projects, tasks({}, 'restrict'));
    await living.insert('projects', [{ name: '1' }]);
    await living.insert('tasks', [{ title: 'a', project: id(0) }], 1);
    await living.apply(
      define('projects', { number: { type: 'integer', was: 'name' } }),
      tasks({}, 'restrict'),
    );
    assert.deepEqual(await living.values('projects', 'number'), [1]);
    assert.deepEqual(await living.values('tasks', 'project'), [id(0)], 'rebuilding a table deletes nothing');
    await assert.rejects(
      living.database.write((transaction) =>
        transaction.run(living.database.build.deleteFrom('projects').compile()),
      ),
      { name: 'ReferenceViolation' },
    );
  });

  test('what happens on delete is changed', async () => {
    const living = await Living.on(database, projects, tasks());
    await living.insert('projects', [{ name: 'p' }]);
    await living.insert('tasks', [{ title: 'a', project: id(0) }], 1);
    assert.deepEqual(lines(await living.apply(projects, tasks({}, 'setNull'))), [
      'tasks: change onDelete of "project" from restrict to setNull',
    ]);
    await living.database.write((transaction) =>
      transaction.run(living.database.build.deleteFrom('projects').compile()),
    );
    assert.deepEqual(await living.values('tasks', 'project'), [null]);
  });

  test('text becomes a reference where it names a record, and a reference becomes text', async () => {
    const asText = define('tasks', { title: { type: 'string' }, project: { type: 'string' } });
    const living = await Living.on(database, projects, asText);
    await living.insert('projects', [{ name: 'p' }]);
    const values = [id(0).toUpperCase(), id(9), 'none', null];
    await living.insert(
      'tasks',
      values.map((project) => ({ title: 't', project })),
      1,
    );
    assert.deepEqual(lines(await living.apply(projects, tasks())), [
      'tasks: change property "project" from string to reference to projects (destructive): 2 records hold a value that cannot be converted; it is lost',
    ]);
    assert.deepEqual(await living.values('tasks', 'project'), [id(0), null, null, null]);
    assert.deepEqual(lines(await living.apply(projects, asText)), [
      'tasks: change property "project" from reference to projects to string',
    ]);
    assert.deepEqual(await living.values('tasks', 'project'), [id(0), null, null, null]);
  });

  test('a reference is turned to another collection, also one that is only being made', async () => {
    const living = await Living.on(database, projects, tasks());
    await living.insert('projects', [{ name: 'p' }]);
    await living.insert('tasks', [{ title: 'a', project: id(0) }], 1);
    const elsewhere = define('tasks', { title: { type: 'string' }, project: { reference: 'teams' } });
    assert.deepEqual(lines(await living.apply(projects, define('teams', {}), elsewhere)), [
      'teams: add collection "teams"',
      'tasks: change property "project" from reference to projects to reference to teams (destructive): 1 record refers to no record there; it is lost',
    ]);
    assert.deepEqual(await living.values('tasks', 'project'), [null]);
  });

  test('collections refer to each other and to themselves, and go together', async () => {
    const nodes = define('nodes', {
      parent: { reference: 'nodes', onDelete: 'cascade' },
      edge: { reference: 'edges' },
    });
    const edges = define('edges', {
      from: { reference: 'nodes', onDelete: 'setNull' },
      weight: { type: 'integer' },
    });
    const living = await Living.on(database, nodes, edges);
    await living.insert('nodes', [
      { parent: null, edge: null },
      { parent: id(0), edge: null },
    ]);
    await living.insert('edges', [{ from: id(1), weight: 1 }], 5);
    const changed = define('edges', {
      from: { reference: 'nodes', onDelete: 'setNull' },
      weight: { type: 'string' },
    });
    const renamed = define(
      'points',
      { parent: { reference: 'points', onDelete: 'cascade' }, edge: { reference: 'edges' } },
      { was: 'nodes' },
    );
    const edgesOfPoints = define('edges', {
      from: { reference: 'points', onDelete: 'setNull' },
      weight: { type: 'string' },
    });
    await living.apply(nodes, changed);
    await living.apply(renamed, edgesOfPoints);
    assert.deepEqual(await living.values('points', 'parent'), [null, id(0)]);
    assert.deepEqual(
      await living.tables(),
      await (await Living.on(database, renamed, edgesOfPoints)).tables(),
    );
    await living.apply();
    assert.deepEqual(await living.tables(), await (await Living.on(database)).tables());
  });

  test('the built-in users are changed by their file, and keep their credentials', async () => {
    const living = await Living.on(database);
    await living.insert('users', [{ email: 'a@example.com', role: 'user', verified: false }]);
    const { build } = living.database;
    const time = '2026-01-31T10:00:00.000Z';
    await living.database.write((transaction) =>
      transaction.run(
        build
          .insertInto('_plinth_credentials')
          .values({ user: id(0), hash: 'h', updatedAt: time })
          .compile(),
      ),
    );
    const [users] = definitions();
    const more = {
      ...(users as CollectionDefinition),
      properties: { ...users?.properties, name: { type: 'string', default: 'n' } },
    };
    await living.service.apply([more], { allowDestructive: true });
    const rows = await living.database.read((reader) =>
      reader.all(build.selectFrom('_plinth_credentials').select(['user', 'hash']).compile()),
    );
    assert.deepEqual(rows, [{ user: id(0), hash: 'h' }]);
    assert.deepEqual(await living.service.drift(), []);
    await living.database.write((transaction) => transaction.run(build.deleteFrom('users').compile()));
    const left = await living.database.read((reader) =>
      reader.all(build.selectFrom('_plinth_credentials').select('user').compile()),
    );
    assert.deepEqual(left, []);
  });

  test('search is added over the records that are there, changed and ended', async () => {
    const notes = (search: string[]) =>
      define(
        'notes',
        { title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
        { search },
      );
    const living = await Living.on(database, notes([]));
    await living.insert('notes', [
      { title: 'Größe, ＡＢＣ', tags: ['x y'] },
      { title: null, tags: null },
      { title: 'abc', tags: [] },
    ]);
    assert.deepEqual(lines(await living.apply(notes(['title']))), ['notes: search the text of "title"']);
    assert.deepEqual(await words(living, 'notes'), [
      ['abc', id(0)],
      ['abc', id(2)],
      ['größe', id(0)],
    ]);
    assert.deepEqual(lines(await living.apply(notes(['tags']))), ['notes: search the text of "tags"']);
    assert.deepEqual(await words(living, 'notes'), [
      ['x', id(0)],
      ['y', id(0)],
    ]);
    assert.deepEqual(lines(await living.apply(notes([]))), ['notes: end full-text search']);
    assert.ok(!(await living.tables()).some(({ name }) => name === '_plinth_search_notes'));
  });

  test('a table that Plinth did not make is not taken for a collection', async () => {
    const living = await Living.on(database);
    const table = { sql: 'CREATE TABLE "tasks" ("a" integer)', parameters: [] };
    await living.database.changeSchema((own) => own.run(table), { lockTimeoutMs: 1000 });
    await assert.rejects(living.service.apply(definitions(define('tasks', {}))), {
      code: 'schema_conflict',
      message: /already has a table "tasks" that Plinth did not make/,
    });
  });
});

async function words(living: Living, collection: string): Promise<[string, string][]> {
  const statement = living.database.build
    .selectFrom(searchTableName(collection))
    .select(['token', 'id'])
    .orderBy(['token', 'id'])
    .compile();
  const rows = living.database.read((reader) => reader.all<{ token: string; id: string }>(statement));
  return (await rows).map(({ token, id: record }) => [token, record]);
}
