import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { buildModel } from '#domain/collections/build.ts';
import { trackedCollectionsOf } from '#domain/collections/tracked-collections.ts';

const to = (reference: string) => ({ reference });

function watched(...definitions: Omit<CollectionDefinition, 'properties'>[] | CollectionDefinition[]) {
  const users = { name: 'users', properties: {} };
  return trackedCollectionsOf(buildModel([users, ...definitions.map((one) => ({ properties: {}, ...one }))]));
}

describe('what is watched', () => {
  it('is nothing without a collection that has "cache"', () => {
    assert.equal(watched({ name: 'tasks' }).size, 0);
  });

  it('is a collection with "cache", and what its references and reading rules lead to, however far', () => {
    const collections = watched(
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

  it('is nothing that is left out of the change log', () => {
    const collections = watched(
      { name: 'tasks', cache: { maxAge: 1 }, properties: { log: to('logs') } },
      { name: 'logs', changes: false, properties: { project: to('projects') } },
      { name: 'projects', properties: {} },
    );
    assert.deepEqual([...collections].toSorted(), ['projects', 'tasks']);
  });

  it('follows references in a circle once', () => {
    const collections = watched(
      { name: 'tasks', cache: { maxAge: 1 }, properties: { parent: to('tasks'), twin: to('twins') } },
      { name: 'twins', properties: { task: to('tasks') } },
    );
    assert.deepEqual([...collections].toSorted(), ['tasks', 'twins']);
  });
});
