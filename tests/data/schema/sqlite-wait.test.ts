import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffDefinitions } from '#domain/collections/diff/diff-definitions.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import { createCollections } from '#services/collections/index.ts';
import { writesWaitMs } from '../../../src/data/schema/sqlite-alterations.ts';
import { testDatabase } from '../../support/databases.ts';

const posts = (more: Partial<CollectionDefinition> = {}): CollectionDefinition => ({
  name: 'posts',
  indexes: [['rank']],
  ...more,
  properties: { title: { type: 'string' }, rank: { type: 'integer' }, ...more.properties },
});
const done = { type: 'boolean', default: false } as const;

function secondsFor(after: CollectionDefinition): number {
  const [change] = diffDefinitions([posts()], [after]).tables;
  assert.equal(change?.kind, 'alter');
  return writesWaitMs(change, 1_000_000) / 1_000;
}

test('writes wait for what rebuilds a table, makes an index or finds words, by the number of records', () => {
  assert.equal(secondsFor(posts({ properties: { note: { type: 'string' } } })), 0);
  assert.equal(secondsFor(posts({ indexes: [['rank'], ['title']] })), 2);
  assert.equal(secondsFor(posts({ properties: { done }, required: ['done'] })), 7);
  assert.equal(secondsFor(posts({ search: ['title'] })), 17);
  assert.ok(secondsFor(posts({ properties: { rank: { type: 'string' } } })) >= 15);
});

test('plan says how long, and apply before it begins', async () => {
  const database = await testDatabase('sqlite').open();
  const warned: string[] = [];
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (_: object, message: string) => warned.push(message),
  };
  const collections = createCollections({ database, log });
  await collections.apply([usersDefinition, posts()]);
  await database.write((transaction) =>
    transaction.run({
      sql: `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40000)
        INSERT INTO posts (id, "createdAt", "updatedAt", version, title) SELECT printf('%08x-0000-7000-8000-000000000000', n),
          '2026-01-31T10:00:00.000Z', '2026-01-31T10:00:00.000Z', 1, 'title ' || n FROM c`,
      parameters: [],
    }),
  );
  const searched = [usersDefinition, posts({ search: ['title'] })];
  assert.equal((await collections.plan(searched)).writesWaitSeconds, 1);
  await collections.apply(searched);
  assert.deepEqual(warned, ['schema: writes wait for about 1 s; reads go on']);
  assert.equal('writesWaitSeconds' in (await collections.plan(searched)), false);
});
