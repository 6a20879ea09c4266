import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { buildModel } from '#domain/collections/build.ts';
import { trackedCollectionsOf } from '#domain/collections/tracked-collections.ts';

const to = (reference: string, onDelete: 'restrict' | 'cascade' | 'setNull' = 'restrict') => ({
  reference,
  onDelete,
});

function watched(...definitions: Omit<CollectionDefinition, 'properties'>[] | CollectionDefinition[]) {
  const users = { name: 'users', properties: {} };
  return trackedCollectionsOf(buildModel([users, ...definitions.map((one) => ({ properties: {}, ...one }))]));
}

describe('what is watched', () => {
  it('is nothing without a collection that has "cache"', () => {
    assert.equal(watched({ name: 'tasks' }).collections.size, 0);
  });

  it('is a collection with "cache", and what its references and reading rules lead to, however far', () => {
    const { collections } = watched(
      {
        name: 'tasks',
        cache: { maxAge: 1 },
        properties: { project: to('projects') },
        rules: { list: 'members.exists(m, m.user == user.id)', update: 'logs.exists(l, l.id == record.id)' },
      },
      { name: 'projects', properties: { client: to('clients') } },
      { name: 'clients', properties: {} },
      { name: 'members', properties: { user: to('users') } },
      { name: 'logs', properties: {} },
    );
    assert.deepEqual([...collections].toSorted(), ['clients', 'members', 'projects', 'tasks', 'users']);
  });

  it('follows references in a circle once', () => {
    const { collections } = watched(
      { name: 'tasks', cache: { maxAge: 1 }, properties: { parent: to('tasks'), twin: to('twins') } },
      { name: 'twins', properties: { task: to('tasks') } },
    );
    assert.deepEqual([...collections].toSorted(), ['tasks', 'twins']);
  });
});

describe('what a removal changes', () => {
  const { cascades } = watched(
    { name: 'clients', cache: { maxAge: 1 }, properties: {} },
    { name: 'projects', properties: { client: to('clients', 'cascade'), next: to('projects', 'cascade') } },
    { name: 'tasks', properties: { project: to('projects', 'cascade') } },
    { name: 'notes', properties: { task: to('tasks', 'setNull') } },
    { name: 'links', properties: { note: to('notes', 'cascade'), project: to('projects') } },
  );

  it('is what goes along with it, and what loses a reference, however far', () => {
    assert.deepEqual([...(cascades.get('clients') ?? [])].toSorted(), ['notes', 'projects', 'tasks']);
  });

  it('ends where a reference is only set to null, or restricts', () => {
    assert.deepEqual([...(cascades.get('tasks') ?? [])], ['notes']);
    assert.deepEqual([...(cascades.get('notes') ?? [])], ['links']);
  });
});
