import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinitions } from '#domain/collections/check/check-definitions.ts';
import { inProperty, mistakesIn, text } from './mistakes.ts';

test('a definition that uses everything is right', () => {
  const tasks = {
    $schema: '../collection.schema.json',
    name: 'tasks',
    description: 'What has to be done',
    was: 'todos',
    properties: {
      title: { type: 'string', minLength: 1, maxLength: 200, was: 'name', title: 'Title', examples: ['x'] },
      status: { enum: ['todo', 'doing'], default: 'todo' },
      code: { type: ['string', 'null'], pattern: '^[a-z]+(-[a-z]+)*$', maxLength: 100 },
      place: {
        type: 'object',
        properties: {
          x: { type: 'number', exclusiveMinimum: 0 },
          list: { type: 'array', prefixItems: [{}, true] },
        },
        patternProperties: { '^x-': {} },
        additionalProperties: false,
        required: ['x'],
        dependentRequired: { x: ['list'] },
        if: { required: ['x'] },
        else: { minProperties: 1 },
        not: { const: 1 },
      },
      labels: { type: 'array', items: { type: 'string' }, uniqueItems: true, contains: { const: 'x' } },
      marks: { type: 'array', contains: { const: 'x' }, minContains: 0, maxContains: 2 },
      secret: { type: 'string', format: 'password', writeOnly: true, deprecated: true, $comment: 'c' },
      owner: { reference: 'users', default: '$user', readOnly: true, onDelete: 'setNull' },
      parent: { reference: 'tasks', onDelete: 'cascade', unique: true },
    },
    required: ['title'],
    indexes: [['status', 'createdAt'], { properties: ['owner', 'title'], unique: true }],
    search: ['title', 'labels'],
    rules: { list: 'record.owner == user.id', update: 'previous.status == record.status' },
    requireIfMatch: true,
    cache: { maxAge: 30 },
    changes: true,
  };
  assert.deepEqual(mistakesIn(tasks), ['']);
});

test('an unknown keyword is an error with its path and what was meant, at every depth', () => {
  assert.deepEqual(
    mistakesIn({
      name: 'tasks',
      propertis: {},
      properties: { a: { typ: 'string', items: { anyOf: [{ properties: { b: { maxLenght: 1 } } }] } } },
      rules: { lst: 'true' },
      cache: { maxAge: 1, min: 2 },
      indexes: [{ properties: ['id'], uniqe: true }],
    }),
    [
      '/propertis: unknown keyword "propertis" (did you mean "properties"?)',
      '/rules/lst: unknown keyword "lst" (did you mean "list"?)',
      '/cache/min: unknown keyword "min"',
      '/properties/a/typ: unknown keyword "typ" (did you mean "type"?)',
      '/properties/a/items/anyOf/0/properties/b/maxLenght: unknown keyword "maxLenght" (did you mean "maxLength"?)',
    ],
  );
  assert.deepEqual(
    mistakesIn({ name: 'tasks', properties: {}, indexes: [{ properties: ['id'], uniqe: true }] }),
    ['/indexes/0/uniqe: unknown keyword "uniqe" (did you mean "unique"?)'],
  );
});

test('a value that could never be stored is a mistake', () => {
  const cases: [unknown, string][] = [
    [
      { enum: ['a'], default: 'b' },
      '/default: is not a value of this property: must be equal to one of the allowed values',
    ],
    [
      { type: 'integer', default: 2 ** 53 },
      '/default: is not a value of this property: must be an integer within ±9007199254740991',
    ],
    [
      { type: 'string', format: 'date', default: '2026-02-30' },
      '/default: is not a value of this property: must match format "date"',
    ],
    [{ type: 'string', default: null }, '/default: null says no more than no default: leave it out'],
    [{ type: 'string', default: 'a\0' }, '/default: must not contain NUL or half a surrogate pair'],
    [{ type: 'integer', enum: [1, 'a'] }, '/enum/1: is never valid here: must be integer'],
    [{ enum: ['\ud800'] }, '/enum/0: must not contain NUL or half a surrogate pair'],
    [{ enum: [] }, '/enum: must not be empty'],
    [{ enum: ['a', 'a'] }, '/enum/1: is in the list already'],
    [{ type: 'string', minLength: 5, maxLength: 1 }, '/minLength: must not be above maxLength'],
    [
      { type: 'integer', maxLength: 1 },
      '/maxLength: has no effect: it is for type "string", and the type here is "integer"',
    ],
    [{ type: 'null' }, '/type: "null" alone leaves no value that could be stored'],
    [{ format: 'emial' }, '/format: unknown format "emial" (did you mean "email"?)'],
    [{ $ref: '#/x' }, '/$ref: is not supported: write the schema out where it is used'],
    [
      { type: 'string', format: 'date-time', enum: ['2026-01-01T00:00:00Z'] },
      ': cannot have enum or const with the format date-time: times are brought to UTC before they are compared',
    ],
  ];
  for (const [property, mistake] of cases)
    assert.deepEqual(inProperty(property), [`/properties/a${mistake}`]);
  assert.match(
    inProperty({ type: ['string', 'null'] }, { required: ['a'] })[0] ?? '',
    /is required and allows null/,
  );
  assert.match(inProperty({ ...text, readOnly: true }, { required: ['a'] })[0] ?? '', /needs a default/);
});

test('what a private property holds cannot be found out', () => {
  assert.match(
    inProperty({ ...text, private: true, unique: true })[0] ?? '',
    /^\/properties\/a\/unique: cannot be: the property is private/,
  );
  const unique = { indexes: [{ properties: ['a'], unique: true }] };
  assert.match(
    inProperty({ ...text, private: true }, unique)[0] ?? '',
    /^\/indexes\/0\/properties\/0: is private/,
  );
  assert.match(
    inProperty({ ...text, writeOnly: true }, { search: ['a'] })[0] ?? '',
    /^\/search\/0: is writeOnly/,
  );
  assert.deepEqual(inProperty({ ...text, private: true }, { indexes: [['a']] }), ['']);
});

test('indexes and search name properties that fit', () => {
  assert.deepEqual(
    mistakesIn({
      name: 'tasks',
      properties: {
        a: text,
        long: { type: 'string' },
        list: { type: 'array', items: { type: 'string' } },
        n: { type: 'integer' },
      },
      indexes: [['b'], ['long'], ['list'], ['a', 'a'], [], ['a'], ['a'], ['id', 'createdAt'], 'a'],
      search: ['a', 'list', 'n', 'tittle', 'a'],
    }),
    [
      '/indexes/0/0: unknown property "b" (did you mean "a"?)',
      '/indexes/2/0: is kept as JSON (an array, an object, or several types), which has no order',
      '/indexes/3/1: is in the index already',
      '/indexes/4: must be a list of properties',
      '/indexes/6: is in the list already',
      '/indexes/8: must be a list of properties, or an object such as { "properties": ["title"], "unique": true }',
      '/search/2: holds no text: only strings and lists of strings can be searched',
      '/search/3: unknown property "tittle"',
      '/search/4: is in the list already',
    ],
  );
  const two = { a: { type: 'string', maxLength: 4000 }, b: { type: 'string', unique: true } };
  assert.deepEqual(mistakesIn({ name: 'tasks', properties: two, indexes: [['a', 'b']] }), ['']);
});

test('rules are compiled, with the place of the mistake', () => {
  assert.deepEqual(
    mistakesIn({
      name: 'tasks',
      properties: { title: text },
      rules: { list: 'record.titel == "a"', read: '1 +', create: 'previous == null' },
    }).map((line) => line.split(': ').slice(0, 2).join(': ')),
    ['/rules/list: at character 8', '/rules/read: at character 4', '/rules/create: at character 1'],
  );
});

test('there is a limit to everything, and nonsense is no crash', () => {
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`p${index}`, {}]));
  assert.deepEqual(mistakesIn({ name: 'tasks', properties: many }), [
    '/properties: must not be more than 200',
  ]);
  let deep: object = {};
  for (let depth = 0; depth < 40; depth++) deep = { items: deep };
  assert.match(inProperty(deep)[0] ?? '', /must not be nested more than 16 deep$/);
  for (const content of [
    null,
    1,
    'x',
    [],
    {},
    { name: 1 },
    { name: 'tasks', properties: [] },
    { name: 'tasks', properties: { a: null } },
  ]) {
    const { mistakes } = checkDefinitions([{ file: 'tasks.json', name: 'tasks', content }]);
    assert.ok(mistakes.length > 0, JSON.stringify(content));
  }
  const odd = {
    name: 'tasks',
    properties: { a: text },
    required: 'a',
    indexes: {},
    search: 1,
    rules: [],
    cache: 1,
    requireIfMatch: 'x',
    description: 1,
  };
  assert.ok(mistakesIn(odd).length >= 5);
});

test('what is cached and the users stay in the change log', () => {
  const unlogged = { name: 'tasks', properties: {}, changes: false };
  assert.deepEqual(mistakesIn(unlogged), ['']);
  assert.deepEqual(mistakesIn({ ...unlogged, changes: 'no' }), ['/changes: must be true or false']);
  assert.deepEqual(mistakesIn({ ...unlogged, cache: { maxAge: 30 } }), [
    '/changes: must be true: what is cached is told of changes by the log',
  ]);
  assert.deepEqual(mistakesIn({ ...unlogged, name: 'users' }), [
    '/changes: must be true: sessions end by what is logged of users',
  ]);
});
