import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { buildModel } from '#domain/collections/build.ts';
import { indexName, searchTableName } from '#domain/collections/names.ts';
import { jsonSchemas } from '#domain/collections/json-schemas.ts';
import type { Collection } from '#domain/collections/model.ts';
import type { CollectionDefinition, PropertyDefinition } from '#domain/collections/definition.ts';

function built(definition: Partial<CollectionDefinition>): Collection {
  const model = buildModel([{ name: 'tasks', properties: {}, ...definition }]);
  return model.collections.get('tasks') as Collection;
}

test('the kind of a property follows from its type, format and values', () => {
  const kinds: [PropertyDefinition, string][] = [
    [{ type: 'string' }, 'string'],
    [{ type: 'string', format: 'email' }, 'string'],
    [{ type: 'string', format: 'date' }, 'date'],
    [{ type: ['string', 'null'], format: 'date-time' }, 'timestamp'],
    [{ type: 'integer' }, 'integer'],
    [{ type: ['integer', 'number'] }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: ['string', 'integer'] }, 'json'],
    [{ type: 'array' }, 'json'],
    [{}, 'json'],
    [{ enum: ['a', null] }, 'string'],
    [{ enum: [1, 2] }, 'integer'],
    [{ enum: [1, 2.5] }, 'number'],
    [{ enum: [true] }, 'boolean'],
    [{ enum: ['a', 1] }, 'json'],
    [{ const: 'a' }, 'string'],
    [{ reference: 'users' }, 'reference'],
  ];
  for (const [definition, kind] of kinds) {
    assert.equal(
      built({ properties: { a: definition } }).properties.get('a')?.kind,
      kind,
      JSON.stringify(definition),
    );
  }
  const items = (definition: PropertyDefinition) =>
    built({ properties: { a: { type: 'array', items: definition } } }).properties.get('a')?.items;
  assert.equal(items({ type: 'string' }), 'string');
  assert.equal(items({ enum: [1, 2] }), 'integer');
  assert.equal(items({ type: ['string', 'null'] }), undefined);
  assert.equal(items({ type: 'object' }), undefined);
});

test('a property has a plain schema, and its default as a record keeps it', () => {
  const { properties } = built({
    properties: {
      a: { type: ['string', 'null'], maxLength: 5, private: true, was: 'b', default: 'x', description: 'A' },
      at: { type: 'string', format: 'date-time', default: '2026-01-31T10:00:00+02:00' },
      o: { type: 'object', default: { long: -0, b: { zz: 1, y: 2 } } },
      owner: { reference: 'users', default: '$user' },
    },
  });
  assert.deepEqual(properties.get('a')?.schema, { type: 'string', maxLength: 5, description: 'A' });
  assert.equal(properties.get('at')?.default, '2026-01-31T08:00:00.000Z');
  assert.equal(JSON.stringify(properties.get('o')?.default), '{"b":{"y":2,"zz":1},"long":0}');
  assert.equal(properties.get('owner')?.default, '$user');
  assert.deepEqual(properties.get('owner')?.reference, { collection: 'users', onDelete: 'restrict' });
  assert.deepEqual([...properties.keys()].slice(0, 4), ['id', 'createdAt', 'updatedAt', 'version']);
});

test('a collection has the indexes of its references, unique properties and lists, each once', () => {
  const { indexes } = built({
    properties: {
      code: { type: 'string', maxLength: 5, unique: true },
      owner: { reference: 'users' },
      due_on: { type: 'string', format: 'date' },
    },
    indexes: [
      ['owner'],
      ['owner', 'code'],
      { properties: ['code', 'owner'], unique: true },
      ['due_on', 'id'],
    ],
  });
  assert.deepEqual(
    indexes.map(({ name, properties, unique }) => [name, properties.join(), unique]),
    [
      ['tasks_code_key', 'code', true],
      ['tasks_owner_idx', 'owner,id', false],
      ['tasks_owner_code_idx', 'owner,code,id', false],
      ['tasks_code_owner_key', 'code,owner', true],
      [indexName('tasks', ['due_on'], 'idx'), 'due_on,id', false],
    ],
  );
});

test('names of indexes and search tables fit into 63 bytes and mean one thing', () => {
  const long = 'a'.repeat(63);
  for (const name of [indexName(long, [long, long], 'idx'), searchTableName(long)])
    assert.ok(name.length <= 63, name);
  assert.notEqual(indexName('a', ['b_c'], 'idx'), indexName('a_b', ['c'], 'idx'));
  assert.notEqual(indexName(long, ['a'], 'idx'), indexName(long, ['b'], 'idx'));
  assert.notEqual(searchTableName(`${long.slice(1)}b`), searchTableName(`${long.slice(1)}c`));
  assert.equal(searchTableName('tasks'), '_plinth_search_tasks');
});

test('users are built in: a user sees themselves, and only an admin changes address, role and verified', () => {
  const users = buildModel([]).collections.get('users') as Collection;
  assert.deepEqual(
    [...users.properties.values()].filter(({ adminOnly }) => adminOnly).map(({ name }) => name),
    ['email', 'role', 'verified'],
  );
  assert.deepEqual(Object.keys(users.rules), ['list', 'read', 'update']);
  assert.deepEqual(
    users.indexes.map(({ name }) => name),
    ['users_email_key'],
  );
  assert.equal(built({ properties: { role: { type: 'string' } } }).properties.get('role')?.adminOnly, false);
});

test('the plain schemas describe what goes in and comes out', () => {
  const collection = built({
    properties: {
      title: { type: 'string', maxLength: 5 },
      status: { enum: ['todo', 'done'], default: 'todo' },
      owner: { reference: 'users', default: '$user', readOnly: true },
      secret: { type: 'string', writeOnly: true },
      any: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    },
    required: ['title', 'status'],
  });
  const schemas = jsonSchemas(collection, () => ({ type: 'object', title: 'a user' }));
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const accepts = (schema: AnySchema, value: unknown) => ajv.validate(schema, value);
  assert.ok(accepts(schemas.create, { title: 'a', secret: null, any: null }));
  assert.ok(!accepts(schemas.create, { status: 'todo' }), 'title is required');
  assert.ok(!accepts(schemas.create, { title: 'a', owner: null }), 'readOnly');
  assert.ok(!accepts(schemas.create, { title: 'a', any: true }));
  assert.ok(accepts(schemas.patch, { any: 1 }));
  assert.ok(!accepts(schemas.patch, { status: null }), 'a required property cannot be taken away');
  const id = '018f0000-0000-7000-8000-000000000000';
  const record = { id, createdAt: '2026-01-31T10:00:00.000Z', version: 1, title: 'a', owner: id, any: null };
  assert.ok(accepts(schemas.record, record));
  assert.ok(accepts(schemas.record, { ...record, owner: {} }), 'expanded');
  assert.ok(accepts(schemas.record, { id, owner: null }));
  assert.ok(!accepts(schemas.record, { ...record, secret: 'x' }), 'writeOnly is never returned');
});
