import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinitions } from '#domain/collections/check/check-definitions.ts';
import { describeMistakes } from '#domain/collections/check/definition-reporter.ts';
import { inProperty, mistakesIn, text } from './mistakes.ts';

test('names have one form, and none that a database takes for another', () => {
  const names = ['Bad', 'a-b', '', '_a', 'ä', `a${'b'.repeat(63)}`];
  for (const name of names) {
    assert.match(inProperty(undefined, { properties: { [name]: {} } })[0] ?? '', /is no usable name/, name);
  }
  assert.deepEqual(inProperty(undefined, { properties: { dueOn: {}, dueon: {} } }), [
    '/properties/dueon: differs from "dueOn" in the case of letters only',
  ]);
  assert.deepEqual(inProperty(undefined, { properties: { createdat: {}, id: {}, xmin: {} } }), [
    '/properties/createdat: every record has "createdAt" already',
    '/properties/id: every record has "id" already',
    '/properties/xmin: is a name that PostgreSQL keeps for itself',
  ]);
  assert.match(mistakesIn({ name: 'sqlite_x', properties: {} })[0] ?? '', /cannot start with sqlite_/);
  const words = ['order', 'group', 'select', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
  assert.deepEqual(
    inProperty(undefined, { properties: Object.fromEntries(words.map((word) => [word, {}])) }),
    [''],
  );
});

test('collections are told apart from each other and from indexes', () => {
  assert.deepEqual(mistakesIn({ name: 'myTasks', properties: {} }, { name: 'mytasks', properties: {} }), [
    'mytasks.json /name: differs from "myTasks" in the case of letters only',
  ]);
  assert.deepEqual(
    mistakesIn(
      { name: 'tasks', properties: { a: text }, indexes: [['a']] },
      { name: 'tasks_a_idx', properties: {} },
      { name: 'tasks_pkey', properties: {} },
    ),
    [
      'tasks_a_idx.json /name: is what an index of "tasks" is called in the database',
      'tasks_pkey.json /name: is what an index of "tasks" is called in the database',
    ],
  );
  const twice = checkDefinitions([
    { file: 'tasks.json', name: 'tasks', content: { name: 'tasks', properties: {} } },
    { file: 'tasks.ts', name: 'tasks', content: { name: 'tasks', properties: {} } },
    { file: 'x.json', name: 'x', content: { name: 'y', properties: {} } },
    { file: 'z.json', name: 'z', content: [] },
  ]);
  assert.deepEqual(describeMistakes(twice.mistakes).split('\n'), [
    'x.json /name: must be the name of the file: "x"',
    'z.json: must be an object: the definition of a collection',
    'tasks.ts /name: another file declares the same collection',
  ]);
  assert.deepEqual(twice.definitions, []);
});

test('references lead to a collection that is there, and say nothing else of their value', () => {
  assert.deepEqual(
    mistakesIn({
      name: 'tasks',
      properties: {
        a: { reference: 'task' },
        b: { reference: 'users', type: 'string', onDelete: 'setNul' },
        c: { reference: 'tasks', default: '$user' },
        d: { reference: 'users', onDelete: 'setNull' },
        e: { reference: 'users', default: 'x' },
        f: { type: 'string', onDelete: 'cascade' },
        g: { type: 'string', default: '$user' },
      },
      required: ['d'],
    }),
    [
      '/properties/b/type: has no place in a reference, which always holds the id of a record',
      '/properties/b/onDelete: unknown onDelete "setNul" (did you mean "setNull"?)',
      '/properties/c/default: "$user" is for references to users only',
      '/properties/d/onDelete: cannot be setNull: the property is required, so it can never be null',
      '/properties/e/default: of a reference can only be "$user", the caller',
      '/properties/f/onDelete: is for references only',
      '/properties/g/default: "$user" is for references to users only',
    ],
  );
  assert.deepEqual(inProperty({ reference: 'task' }), [
    '/properties/a/reference: unknown collection "task" (did you mean "tasks"?)',
  ]);
});

test('a users file adds to what is built in and does not define it again', () => {
  assert.deepEqual(
    mistakesIn({ name: 'users', properties: { email: text, Role: text }, was: 'people' }).toSorted(),
    [
      '/properties/Role: is no usable name: a small letter, then letters, digits and _ (ASCII), at most 63 in all',
      '/properties/Role: is built in: it cannot be defined again',
      '/properties/email: is built in: it cannot be defined again',
      '/was: the built-in collection has always had this name',
    ].toSorted(),
  );
  const content = {
    name: 'users',
    properties: { name: text },
    indexes: [['email', 'name']],
    search: ['email'],
    rules: { list: 'true' },
  };
  const { definitions, mistakes } = checkDefinitions([{ file: 'users.json', name: 'users', content }]);
  assert.deepEqual(mistakes, []);
  assert.deepEqual(Object.keys(definitions[0]?.properties ?? {}), ['email', 'role', 'verified', 'name']);
  assert.deepEqual(definitions[0]?.rules, {
    list: 'true',
    read: 'record.id == user.id',
    update: 'record.id == user.id',
  });
});

test('a former name belongs to nothing that is still there', () => {
  assert.deepEqual(
    mistakesIn(
      {
        name: 'tasks',
        was: 'works',
        properties: {
          a: { was: 'b' },
          b: {},
          c: { was: 'd' },
          e: { was: 'd' },
          f: { was: 'f' },
          g: { was: 'id' },
        },
      },
      { name: 'works', properties: {} },
    ),
    [
      'tasks.json /properties/a/was: "b" is a property of its own here: take "was" out, or rename in two steps',
      'tasks.json /properties/e/was: "c" was "d" as well',
      'tasks.json /properties/f/was: is the present name: give the former one',
      'tasks.json /properties/g/was: "id" is a system property, which cannot be renamed',
    ],
  );
  assert.deepEqual(
    mistakesIn({ name: 'tasks', was: 'works', properties: {} }, { name: 'works', properties: {} }),
    ['tasks.json /was: "works" is a collection of its own: take "was" out, or rename in two steps'],
  );
});
