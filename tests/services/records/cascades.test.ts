import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, problemOf, query, type World } from './fixture.ts';

const everyone = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };
const nodes: CollectionDefinition = {
  name: 'nodes',
  properties: { up: { reference: 'nodes', onDelete: 'cascade' } },
  rules: everyone,
};
const leaves: CollectionDefinition = {
  name: 'leaves',
  properties: {
    node: { reference: 'nodes', onDelete: 'cascade' },
    near: { reference: 'nodes', onDelete: 'setNull' },
  },
  rules: everyone,
};
const locks: CollectionDefinition = {
  name: 'locks',
  properties: { leaf: { reference: 'leaves', onDelete: 'restrict' } },
  rules: everyone,
};

eachDatabase((database) => {
  const remove = ({ records, admin }: World, id: unknown) => records.remove(admin, 'nodes', String(id));
  const count = async ({ records, admin }: World, collection: string, filter = '') =>
    (await records.list(admin, collection, query({ limit: '1', count: 'exact', ...(filter && { filter }) })))
      .total;

  test('a record goes with a chain of any depth behind it', async () => {
    const world = await openWorld(database, [nodes]);
    const depth = 2_500;
    let up: string | null = null;
    const first = await world.database.write(async (transaction) => {
      let root = '';
      for (let n = 0; n < depth; n++) {
        const { id } = await world.records.within.create(transaction, world.admin, 'nodes', { up });
        root ||= id;
        up = id;
      }
      return root;
    });
    await remove(world, first);
    assert.equal(await count(world, 'nodes'), 0);
  });

  test('a circle goes as a whole', async () => {
    const world = await openWorld(database, [nodes]);
    const one = await world.seed('nodes', {});
    const two = await world.seed('nodes', { up: one.id });
    await world.records.update(world.admin, 'nodes', one.id, { up: two.id }, new Map());
    await world.records.update(world.admin, 'nodes', two.id, { up: one.id }, new Map());
    const own = await world.seed('nodes', {});
    await world.records.update(world.admin, 'nodes', own.id, { up: own.id }, new Map());
    await remove(world, own.id);
    await remove(world, one.id);
    assert.equal(await count(world, 'nodes'), 0);
  });

  test('many records go, others lose their reference, and nothing goes when one is held', async () => {
    const world = await openWorld(database, [nodes, leaves, locks]);
    const root = await world.seed('nodes', {});
    const middle = await world.seed('nodes', { up: root.id });
    const held = await world.database.write(async (transaction) => {
      const make = (body: object) => world.records.within.create(transaction, world.admin, 'leaves', body);
      for (let n = 0; n < 120; n++) await make({ near: middle.id });
      for (let n = 0; n < 120; n++) await make({ node: middle.id, near: root.id });
      return make({ node: middle.id });
    });
    const lock = await world.seed('locks', { leaf: held.id });
    const { code, details } = await problemOf(remove(world, root.id));
    assert.equal(code, 'conflict');
    assert.match(String(details.errors?.[0]?.detail), /"leaf" of "locks"/);
    assert.deepEqual([await count(world, 'nodes'), await count(world, 'leaves', 'near != null')], [2, 240]);
    await world.records.remove(world.admin, 'locks', lock.id);
    await remove(world, root.id);
    assert.deepEqual(
      [
        await count(world, 'nodes'),
        await count(world, 'leaves'),
        await count(world, 'leaves', 'near != null'),
      ],
      [0, 120, 0],
    );
  });
});
