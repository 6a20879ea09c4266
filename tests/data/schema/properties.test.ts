import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { define, definitions, lines, Living } from './fixture.ts';

eachDatabase((database) => {
  test('a property without a default is added empty', async () => {
    const living = await Living.on(database, define('tasks', { title: { type: 'string' } }));
    await living.insert('tasks', [{ title: 'a' }, { title: 'b' }]);
    const steps = await living.apply(
      define('tasks', { title: { type: 'string' }, due: { type: 'string', format: 'date' } }),
    );
    assert.deepEqual(lines(steps), ['tasks: add property "due" (date)']);
    assert.deepEqual(await living.values('tasks', 'due'), [null, null]);
    assert.deepEqual(await living.values('tasks', 'title'), ['a', 'b']);
  });

  test('a property with a default is filled with it in the records that are there', async () => {
    const living = await Living.on(database, define('tasks', {}));
    await living.insert('tasks', [{}, {}]);
    const steps = await living.apply(
      define(
        'tasks',
        {
          text: { type: 'string', maxLength: 9, default: "it's" },
          count: { type: 'integer', default: 9007199254740991 },
          share: { type: 'number', default: 1e21 },
          done: { type: 'boolean', default: false },
          on: { type: 'string', format: 'date', default: '2026-02-01' },
          at: { type: 'string', format: 'date-time', default: '2026-02-01T12:00:00+02:00' },
          list: { type: 'object', default: { long: [1, "it's"], b: null } },
        },
        { required: ['text', 'at'] },
      ),
    );
    assert.equal(lines(steps)[0], 'tasks: add property "text" (string): 2 records get the default "it\'s"');
    const expected = {
      text: "it's",
      count: 9007199254740991,
      share: 1e21,
      done: false,
      on: '2026-02-01',
      at: '2026-02-01T10:00:00.000Z',
      list: { b: null, long: [1, "it's"] },
    };
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(JSON.stringify(await living.values('tasks', name)), JSON.stringify([value, value]), name);
    }
  });

  test('a required property without a default is refused with the number of records, and fine when there are none', async () => {
    const next = define('tasks', { owner: { type: 'string' } }, { required: ['owner'] });
    const living = await Living.on(database, define('tasks', {}));
    await living.insert('tasks', [{}, {}, {}]);
    const { steps } = await living.service.plan(definitions(next));
    assert.deepEqual(lines(steps), [
      'tasks: add property "owner" (string) (impossible): cannot be done: 3 records would have no value, and it is required; give it a default, or fill those records first',
    ]);
    const before = await living.tables();
    await assert.rejects(living.service.apply(definitions(next), { allowDestructive: true }), {
      code: 'schema_conflict',
      message: /3 records would have no value.*\nNothing was changed\.$/s,
    });
    assert.deepEqual(await living.tables(), before);

    const empty = await Living.on(database, define('tasks', {}));
    await empty.apply(next);
  });

  test('a required reference to users cannot be filled with the caller, since there is none', async () => {
    const living = await Living.on(database, define('tasks', {}));
    await living.insert('tasks', [{}]);
    const next = define(
      'tasks',
      { owner: { reference: 'users', default: '$user' } },
      { required: ['owner'] },
    );
    await assert.rejects(living.service.apply(definitions(next)), /1 record would have no value/);
  });

  test('a property is removed only when that is allowed', async () => {
    const before = define('tasks', { title: { type: 'string' }, note: { type: 'string' } });
    const after = define('tasks', { title: { type: 'string' } });
    const living = await Living.on(database, before);
    await living.insert('tasks', [
      { title: 'a', note: 'x' },
      { title: 'b', note: null },
    ]);
    await assert.rejects(living.service.apply(definitions(after)), {
      code: 'destructive_change',
      message:
        'This change loses data:\n  tasks: remove property "note": the values of 1 record are lost\nNothing was changed. Run "plinth apply --allow-destructive" if that is what you want.',
    });
    assert.deepEqual(await living.values('tasks', 'note'), ['x', null]);
    await living.apply(after);
    assert.deepEqual(await living.values('tasks', 'title'), ['a', 'b']);
  });

  test('a renamed property keeps its values, its index and its search, also while "was" stays', async () => {
    const rest = (name: string) => ({ indexes: [[name]], search: [name], required: [name] });
    const living = await Living.on(
      database,
      define('tasks', { title: { type: 'string', maxLength: 9 } }, rest('title')),
    );
    await living.insert('tasks', [{ title: 'a' }, { title: 'b' }]);
    const renamed = define('tasks', { name: { type: 'string', maxLength: 9, was: 'title' } }, rest('name'));
    assert.deepEqual(lines(await living.apply(renamed)), ['tasks: rename property "title" to "name"']);
    assert.deepEqual(await living.values('tasks', 'name'), ['a', 'b']);
    const withoutWas = define('tasks', { name: { type: 'string', maxLength: 9 } }, rest('name'));
    assert.deepEqual(await living.apply(withoutWas), []);
  });

  test('names that are words of SQL are names like others', async () => {
    const names = [
      'order',
      'group',
      'select',
      'constructor',
      'toString',
      'rowid',
      'oid',
      'table',
      'user',
      'null',
    ];
    const properties = Object.fromEntries(
      names.map((name) => [name, { type: 'string' as const, maxLength: 9 }]),
    );
    const living = await Living.on(
      database,
      define('select', properties, { indexes: names.map((name) => [name]), search: names.slice(0, 5) }),
    );
    await living.insert('select', [Object.fromEntries(names.map((name) => [name, name]))]);
    const changed = {
      ...properties,
      order: { type: 'integer' },
      group: { type: 'string', maxLength: 8, default: 'x' },
    };
    await living.apply(define('select', changed, { required: ['group'], indexes: [['order']] }));
    assert.deepEqual(await living.values('select', 'toString'), ['toString']);
    assert.deepEqual(await living.values('select', 'order'), [null]);
  });

  test('required is added where every record has a value or a default, and taken away', async () => {
    const property = { type: 'integer' };
    const living = await Living.on(database, define('tasks', { count: property }));
    await living.insert('tasks', [{ count: 1 }, { count: null }]);
    const bare = define('tasks', { count: property }, { required: ['count'] });
    await assert.rejects(
      living.service.apply(definitions(bare)),
      /make property "count" required: cannot be done: 1 record/,
    );
    const filled = define('tasks', { count: { type: 'integer', default: 7 } }, { required: ['count'] });
    assert.deepEqual(lines(await living.apply(filled)), [
      'tasks: make property "count" required: 1 record gets the default 7',
      'tasks: change default of "count"',
    ]);
    assert.deepEqual(await living.values('tasks', 'count'), [1, 7]);
    assert.deepEqual(lines(await living.apply(define('tasks', { count: property }))), [
      'tasks: make property "count" optional',
      'tasks: change default of "count"',
    ]);
  });

  test('what concerns reading and new writes only changes no table', async () => {
    const living = await Living.on(database, define('tasks', { title: { type: 'string', maxLength: 10 } }));
    await living.insert('tasks', [{ title: 'a' }]);
    const tables = await living.tables();
    const steps = await living.apply(
      define(
        'tasks',
        { title: { type: 'string', maxLength: 5, private: true, readOnly: true, description: 'What' } },
        { rules: { list: 'true' }, description: 'Work', requireIfMatch: true, cache: { maxAge: 5 } },
      ),
    );
    assert.deepEqual(lines(steps), [
      'tasks: change the validation of "title" (maxLength): applies to new writes; 1 existing record is not touched',
      'tasks: change readOnly, private, description of "title"',
      'tasks: change the rules list',
      'tasks: change description, requireIfMatch, cache',
    ]);
    assert.deepEqual(await living.tables(), tables);
  });
});
