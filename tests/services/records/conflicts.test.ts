import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { failureOf, openWorld, problemOf, query, type World } from './fixture.ts';

const open = { read: 'true', create: 'true', update: 'true', delete: 'true', list: 'true' };
const absent = '0199c7a0-0000-7000-8000-00000000abcd';

const places: CollectionDefinition = {
  name: 'places',
  properties: { name: { type: 'string' } },
  rules: open,
};

const shops: CollectionDefinition = {
  name: 'shops',
  properties: {
    name: { type: 'string', maxLength: 50, unique: true },
    code: { type: 'string', maxLength: 50, unique: true },
    city: { type: 'string', maxLength: 50 },
    street: { type: 'string', maxLength: 50 },
    place: { reference: 'places', onDelete: 'cascade' },
    second: { reference: 'places', onDelete: 'setNull' },
    parent: { reference: 'shops' },
  },
  indexes: [{ properties: ['city', 'street'], unique: true }],
  rules: open,
};

const sales: CollectionDefinition = {
  name: 'sales',
  properties: { shop: { reference: 'shops' }, weird_name: { reference: 'places' } },
  rules: open,
};

/** What a stranger may not read: none of them, those of others, a private property. */
const closed: CollectionDefinition = { name: 'closed', properties: { place: { reference: 'places' } } };
const owned: CollectionDefinition = {
  name: 'owned',
  properties: { place: { reference: 'places' }, owner: { reference: 'users', default: '$user' } },
  rules: { read: 'record.owner == user.id' },
};
const visits: CollectionDefinition = {
  name: 'visits',
  properties: { place: { reference: 'places', private: true } },
  rules: open,
};

eachDatabase((database) => {
  let opened: Promise<World> | undefined;
  const world = () => (opened ??= openWorld(database, [places, shops, sales, closed, owned, visits]));
  const seed = async (name: string, body: object) => (await world()).seed(name, body);

  it('names every unique value that is taken, and every reference that leads nowhere', async () => {
    const { records, admin } = await world();
    const first = await seed('shops', { name: 'a', code: 'b', city: 'c', street: 'd' });
    const again = { name: 'a', code: 'b', city: 'c', street: 'd', place: absent, second: absent };
    const everything = [
      'conflict',
      '/place reference',
      '/second reference',
      '/name unique',
      '/code unique',
      '/city unique',
      '/street unique',
    ];
    assert.deepEqual(await failureOf(records.create(admin, 'shops', again, query())), everything);
    const other = await seed('shops', { name: 'other' });
    assert.deepEqual(await failureOf(records.update(admin, 'shops', other.id, again, query())), everything);
    assert.deepEqual(
      await failureOf(records.replace(admin, 'shops', other.id, { city: 'c', street: 'd' }, query())),
      ['conflict', '/city unique', '/street unique'],
    );
    assert.equal(
      (await records.update(admin, 'shops', first.id, { name: 'a' }, query())).version,
      2,
      'its own value',
    );
  });

  it('lets values that are not there be the same', async () => {
    await seed('shops', { city: 'x' });
    await seed('shops', { city: 'x' });
    const record = await seed('shops', {});
    const { records, admin } = await world();
    const self = await records.update(admin, 'shops', record.id, { parent: record.id }, query());
    assert.equal(self.record.parent, record.id, 'a record may refer to itself');
    await records.remove(admin, 'shops', record.id);
  });

  it('keeps a record that is referred to, and names what refers to it, also behind a cascade', async () => {
    const { records, admin } = await world();
    const place = await seed('places', { name: 'p' });
    const shop = await seed('shops', { place: place.id });
    const sale = await seed('sales', { shop: shop.id, weird_name: place.id });
    const problem = await problemOf(records.remove(admin, 'places', place.id));
    assert.deepEqual(problem.details.errors, [
      { pointer: '/id', code: 'referenced', detail: 'is referred to by "shop" of "sales"' },
      { pointer: '/id', code: 'referenced', detail: 'is referred to by "weird_name" of "sales"' },
    ]);
    await records.remove(admin, 'sales', sale.id);
    await records.remove(admin, 'places', place.id);
    assert.equal(
      (await problemOf(records.read(admin, 'shops', shop.id, query()))).code,
      'not_found',
      'cascade',
    );
  });

  it('does not name what the principal may not read', async () => {
    const { records, admin, user } = await world();
    const ann = await user('ann');
    const somewhere = { pointer: '/id', code: 'referenced', detail: 'is referred to by another record' };
    for (const name of ['closed', 'owned', 'visits']) {
      const place = await seed('places', { name: 'p' });
      await seed(name, { place: place.id });
      const told = async (principal: typeof ann) =>
        (await problemOf(records.remove(principal, 'places', place.id))).details.errors;
      assert.deepEqual(await told(ann), [somewhere], name);
      assert.match(JSON.stringify(await told(admin)), new RegExp(name));
    }
    const place = await seed('places', { name: 'p' });
    for (const name of ['closed', 'visits']) await seed(name, { place: place.id });
    await seed('sales', { weird_name: place.id });
    const { details } = await problemOf(records.remove(ann, 'places', place.id));
    assert.equal(details.errors?.length, 2, 'one that is named, and one for all others');
  });

  it('sets a reference to null when its target goes', async () => {
    const { records, admin } = await world();
    const place = await seed('places', { name: 'p' });
    const shop = await seed('shops', { second: place.id });
    await records.remove(admin, 'places', place.id);
    assert.equal((await records.read(admin, 'shops', shop.id, query())).record.second, null);
  });

  it('tells within the unit of somebody else as much as the database does', async () => {
    const { records, admin, database: inner } = await world();
    await seed('shops', { name: 'unit' });
    const create = (body: object) =>
      inner.write((transaction) => records.within.create(transaction, admin, 'shops', body));
    assert.deepEqual(await failureOf(create({ name: 'unit' })), ['conflict', '/name unique']);
    assert.deepEqual(await failureOf(create({ place: absent })), ['conflict', '/place reference']);
    const place = await seed('places', { name: 'p' });
    await seed('sales', { weird_name: place.id });
    const remove = inner.write((transaction) =>
      records.within.remove(transaction, admin, 'places', place.id),
    );
    assert.deepEqual(await failureOf(remove), ['conflict', '/id referenced']);
    const taken = inner.write((transaction) =>
      records.within.create(transaction, admin, 'places', {}, { id: place.id }),
    );
    assert.deepEqual(await failureOf(taken), ['conflict', '/id unique']);
  });

  it('lets exactly one of many win a unique value', async () => {
    const { records, admin } = await world();
    const many = Array.from({ length: 10 }, () => records.create(admin, 'shops', { code: 'race' }, query()));
    const results = await Promise.allSettled(many);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('lets two who put the same new id both succeed, one after the other', async () => {
    const { records, admin } = await world();
    const id = absent.replace('abcd', 'ffff');
    const both = ['x', 'y'].map((name) => records.replace(admin, 'places', id, { name }, query()));
    const created = (await Promise.all(both)).map((answer) => answer.created);
    assert.equal(created.filter(Boolean).length, 1);
  });
});
