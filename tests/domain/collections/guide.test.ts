import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { checkDefinitions } from '#domain/collections/check/check-definitions.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { ownKeywordNames } from '#domain/collections/check/check-property.ts';
import { schemaKeywords } from '#domain/collections/check/check-schema.ts';
import { mistakesIn } from './mistakes.ts';

const guide = readFileSync('docs/collections.md', 'utf8');

test('the collections of the guide are right', () => {
  const blocks = [...guide.matchAll(/```json\n(.*?)```/gs)].map(
    ([, json]) => JSON.parse(json ?? '') as CollectionDefinition,
  );
  assert.equal(blocks.length, 2);
  const others = ['projects', 'teams'].map((name) => ({ name, properties: {} }));
  const files = [...blocks, ...others].map((content) => ({
    file: content.name,
    name: content.name,
    content,
  }));
  assert.deepEqual(checkDefinitions(files).mistakes, []);
});

test('the guide names every keyword', () => {
  const keywords = [...schemaKeywords().keys(), ...ownKeywordNames];
  assert.deepEqual(
    keywords.filter((keyword) => !guide.includes(`\`${keyword}\``)),
    [],
  );
});

test('the mistake and the patterns of the guide are told as it says', () => {
  const [mistake] = mistakesIn({ name: 'tasks', properties: { title: { type: 'string', maxLenght: 200 } } });
  assert.ok(guide.includes(`collections/tasks.json ${mistake}`));
  const of = (pattern: string, maxLength: number) =>
    mistakesIn({ name: 'tasks', properties: { a: { type: 'string', pattern, maxLength } } });
  assert.deepEqual(of('^[a-z]+(-[a-z]+)*$', 1000), ['']);
  assert.match(of('^([a-z]+-?)*$', 10)[0] ?? '', /endless time/);
  assert.match(of('^.+@.+$', 257)[0] ?? '', /256 or less/);
  assert.deepEqual(of('^.+@.+$', 256), ['']);
});
