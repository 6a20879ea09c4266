import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildModel } from '#domain/collections/build.ts';
import type { Collection } from '#domain/collections/model.ts';
import { parseListQuery, parseRecordQuery } from '#domain/query/list-query.ts';
import { dependenciesOfList, dependenciesOfRecord } from '#domain/query/dependencies.ts';

const model = buildModel([
  { name: 'users', properties: {} },
  {
    name: 'tasks',
    properties: { title: { type: 'string' }, project: { reference: 'projects' } },
    rules: { list: 'true', read: 'record.project.owner == user.id' },
  },
  {
    name: 'projects',
    properties: { owner: { reference: 'users' }, endsAt: { type: 'string', format: 'date-time' } },
    rules: { read: 'members.exists(m, m.user == user.id)', list: 'record.endsAt > now' },
  },
  { name: 'members', properties: { user: { reference: 'users' } }, rules: { list: 'true' } },
]);
const scope = (admin: boolean) => ({
  model,
  collection: model.collections.get('tasks') as Collection,
  admin,
});

function ofList(query: Record<string, string>, admin = false) {
  const { collections, usesUser, usesNow } = dependenciesOfList(
    parseListQuery(new Map(Object.entries(query)), scope(admin)),
    scope(admin),
  );
  return { collections: [...collections].toSorted(), usesUser, usesNow };
}

describe('the reach of an answer', () => {
  it('is its own collection where nothing else is looked at', () => {
    const own = { collections: ['tasks'], usesUser: false, usesNow: false };
    assert.deepEqual(ofList({}), own);
    assert.deepEqual(ofList({ filter: 'title == "a"', sort: '-title', fields: 'title' }), own);
  });

  for (const query of [{ filter: 'project.owner == null' }, { sort: 'project.owner' }, { expand: 'project' }])
    it(`goes with ${Object.keys(query)[0]} to the records of a reference, and what their read rule looks at`, () => {
      const reach = ofList(query);
      assert.deepEqual(reach, {
        collections: ['members', 'projects', 'tasks'],
        usesUser: true,
        usesNow: false,
      });
    });

  it('goes with exists to a collection, and what its list rule looks at', () => {
    const reach = ofList({ filter: 'projects.exists(p, p.owner == null)' });
    assert.deepEqual(reach, { collections: ['projects', 'tasks'], usesUser: false, usesNow: true });
  });

  it('is, of a record, what its read rule looks at', () => {
    const reach = dependenciesOfRecord(parseRecordQuery(new Map(), scope(false)), scope(false));
    assert.deepEqual([...reach.collections].toSorted(), ['projects', 'tasks']);
    assert.equal(reach.usesUser, true);
  });

  it('knows no rules for admins', () => {
    const reach = ofList({ expand: 'project' }, true);
    assert.deepEqual(reach, { collections: ['projects', 'tasks'], usesUser: false, usesNow: false });
  });
});
