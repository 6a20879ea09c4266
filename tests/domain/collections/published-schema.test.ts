import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { schemaKeywords } from '#domain/collections/check/check-schema.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import { inProperty } from './mistakes.ts';

const published = JSON.parse(readFileSync('collection.schema.json', 'utf8')) as AnySchemaObject;
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false });
addFormats.default(ajv);
const validate = ajv.compile(published);
const definitions = published.$defs as Record<string, AnySchemaObject>;

test('the published schema accepts every collection in this repository', () => {
  const files = [...globSync('collections/*.json'), ...globSync('examples/*/collections/*.json')];
  assert.ok(files.length >= 2);
  for (const file of files) {
    assert.ok(
      validate(JSON.parse(readFileSync(file, 'utf8'))),
      `${file}: ${ajv.errorsText(validate.errors)}`,
    );
  }
});

test('the published schema knows what can be said of a decimal', () => {
  const decimal = ((definitions.property as AnySchemaObject).anyOf as AnySchemaObject[]).find(
    ({ title }) => title === 'A decimal',
  );
  const keywords = Object.keys((decimal as AnySchemaObject).properties as object);
  for (const keyword of Object.keys(kinds.decimal.keywords as object))
    assert.ok(keywords.includes(keyword), keyword);
  const property = {
    type: 'string',
    format: 'decimal',
    scale: 2,
    minimum: '0.01',
    maximum: 1e6,
    default: 1,
    unique: true,
  };
  assert.equal(
    validate({ name: 'tasks', properties: { a: property } }),
    true,
    ajv.errorsText(validate.errors),
  );
});

test('the published schema knows the keywords and formats that the check knows', () => {
  const supported = [...schemaKeywords().keys()].filter((keyword) => !['$ref', '$defs'].includes(keyword));
  const described = definitions.schema?.properties as Record<string, { enum?: string[] }>;
  assert.deepEqual(Object.keys(described).toSorted(), supported.toSorted());
  assert.deepEqual(described.format?.enum?.toSorted(), Object.keys(fullFormats).toSorted());
});

test('what the published schema refuses, the check refuses as well', () => {
  const wrong = [
    { typ: 'string' },
    { type: 'strng' },
    { type: 'string', format: 'emial' },
    { reference: 'users', type: 'string' },
    { reference: 'users', onDelete: 'setNul' },
    { type: 'string', onDelete: 'cascade' },
    { type: 'array', items: { maxLenght: 1 } },
    { enum: [] },
    { type: 'string', maxLength: -1 },
    { type: 'string', unique: 1 },
    { type: 'string', was: 'A' },
    { type: 'string', format: 'decimal' },
    { type: 'string', format: 'decimal', scale: -1 },
    { type: 'string', format: 'decimal', scale: 2, maxLength: 9 },
    { type: 'string', format: 'decimal', scale: 2, minimum: 'a lot' },
    { type: 'string', scale: 2 },
    { type: 'array', items: { type: 'string', format: 'decimal', scale: 2 } },
  ];
  for (const property of wrong) {
    assert.equal(validate({ name: 'tasks', properties: { a: property } }), false, JSON.stringify(property));
    assert.notDeepEqual(inProperty(property), [''], JSON.stringify(property));
  }
  assert.equal(validate({ name: 'tasks' }), false);
  assert.equal(validate({ name: 'users' }), true);
});
