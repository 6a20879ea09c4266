import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCollection } from '#domain/collections/build.ts';
import { recordTokens } from '#domain/query/search-tokens.ts';

test('the words of a record are those of the strings and lists of strings that its collection searches', () => {
  const collection = buildCollection({
    name: 'tasks',
    properties: { a: { type: 'string' }, b: { type: 'array' }, c: { type: 'string' } },
    search: ['a', 'b'],
  });
  assert.deepEqual(recordTokens(collection, { a: 'X', b: ['y', 1, 'z z'], c: 'w' }), ['x', 'y', 'z']);
  assert.deepEqual(recordTokens(collection, { a: null, b: null }), []);
});
