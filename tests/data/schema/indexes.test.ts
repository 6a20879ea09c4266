import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Problem } from '#domain/errors/problem.ts';
import { eachDatabase } from '../../support/databases.ts';
import { define, definitions, lines, Living } from './fixture.ts';

const text = { type: 'string', maxLength: 20 };
const people = (rest: Partial<CollectionDefinition> = {}, unique = false) =>
  define(
    'people',
    { name: { ...text, ...(unique && { unique }) }, town: text, age: { type: 'integer' } },
    rest,
  );

eachDatabase((database) => {
  test('an index is added and removed', async () => {
    const living = await Living.on(database, people());
    const before = await living.tables();
    assert.deepEqual(lines(await living.apply(people({ indexes: [['town', 'age']] }))), [
      'people: add index on "town", "age"',
    ]);
    const table = (await living.tables()).find(({ name }) => name === 'people');
    assert.deepEqual(table?.indexes, [
      { name: 'people_town_age_idx', columns: ['town', 'age', 'id'], unique: false },
    ]);
    assert.deepEqual(lines(await living.apply(people())), ['people: remove index on "town", "age"']);
    assert.deepEqual(await living.tables(), before);
  });

  test('a unique index is added where no value occurs twice; records without a value do not count', async () => {
    const living = await Living.on(database, people());
    await living.insert('people', [{ name: 'a' }, { name: 'b' }, { name: null }, { name: null }]);
    assert.deepEqual(lines(await living.apply(people({}, true))), ['people: add unique index on "name"']);
    await assert.rejects(living.insert('people', [{ name: 'a' }], 9), { name: 'UniqueViolation' });
    assert.deepEqual(lines(await living.apply(people())), ['people: remove unique index on "name"']);
    await living.insert('people', [{ name: 'a' }], 9);
  });

  test('a unique index is refused with the number of duplicates, and without the values', async () => {
    const living = await Living.on(database, people());
    const names = ['a', 'a', 'a', 'b', 'b', 'c', 'c', 'd', 'd', 'e'];
    await living.insert(
      'people',
      names.map((name) => ({ name: `secret ${name}`, town: name < 'c' ? 'x' : null })),
    );
    const { steps } = await living.service.plan(definitions(people({}, true)));
    assert.deepEqual(lines(steps), [
      'people: add unique index on "name" (impossible): cannot be done: 4 values occur more than once (3, 2, 2, … times); make them differ first',
    ]);
    const tables = await living.tables();
    await assert.rejects(living.service.apply(definitions(people({}, true))), (error: Problem) => {
      assert.equal(error.code, 'schema_conflict');
      assert.match(error.message, /4 values occur more than once/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    assert.deepEqual(await living.tables(), tables);
    const both = people({ indexes: [{ properties: ['town', 'name'], unique: true }] });
    await assert.rejects(
      living.service.apply(definitions(both)),
      /2 values occur more than once \(3, 2 times\)/,
    );
  });

  test('a unique index over values that a conversion makes equal is refused, and nothing is changed', async () => {
    const living = await Living.on(database, people());
    await living.insert('people', [{ name: '1' }, { name: '1.0' }]);
    const tables = await living.tables();
    const next = define('people', {
      name: { type: 'integer', unique: true },
      town: text,
      age: { type: 'integer' },
    });
    await assert.rejects(living.service.apply(definitions(next), { allowDestructive: true }), {
      code: 'schema_conflict',
      message:
        'The unique index of "people" on "name" cannot be made: 1 of its values would occur more than once (2 times). Nothing was changed.',
    });
    assert.deepEqual(await living.tables(), tables);
    assert.deepEqual(await living.values('people', 'name'), ['1', '1.0']);
  });

  test('a new unique property with a default is refused when more than one record would get it', async () => {
    const next = define('people', {
      name: text,
      town: text,
      age: { type: 'integer' },
      code: { ...text, unique: true, default: 'x' },
    });
    const living = await Living.on(database, people());
    await living.insert('people', [{}, {}]);
    await assert.rejects(
      living.service.apply(definitions(next)),
      /1 value occurs more than once \(2 times\)/,
    );
    const one = await Living.on(database, people());
    await one.insert('people', [{}]);
    await one.apply(next);
    assert.deepEqual(await one.values('people', 'code'), ['x']);
  });

  test('an index stays whole when its table is rebuilt, and follows a new type', async () => {
    const unique = { indexes: [{ properties: ['town', 'name'], unique: true }, ['age']] as const };
    const living = await Living.on(database, people(unique));
    await living.insert('people', [{ town: 'x', name: 'a', age: 1 }]);
    const next = define(
      'people',
      { name: text, town: text, age: { type: 'string', maxLength: 9 } },
      { ...unique, required: ['name'] },
    );
    await living.apply(next);
    await assert.rejects(living.insert('people', [{ town: 'x', name: 'a' }], 5), { name: 'UniqueViolation' });
    assert.deepEqual(await living.tables(), await (await Living.on(database, next)).tables());
  });
});
