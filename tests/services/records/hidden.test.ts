import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Principal } from '#domain/access/principal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, problemOf, query, type World } from './fixture.ts';

const open = { read: 'true', create: 'true', update: 'true', delete: 'true', list: 'true' };

const vaults: CollectionDefinition = {
  name: 'vaults',
  properties: {
    name: { type: 'string' },
    // As long as a name that is not there, so that answers can be compared to the letter.
    hidden: { type: 'string', private: true },
    meta: { type: 'object', private: true, maxProperties: 2 },
    secret: { type: 'string', writeOnly: true },
    keeper: { reference: 'users', private: true },
    next: { reference: 'vaults' },
  },
  rules: open,
};

eachDatabase((database) => {
  let opened: Promise<World & { ann: Principal; id: string }> | undefined;
  const world = () =>
    (opened ??= openWorld(database, [vaults]).then(async (made) => {
      const ann = await made.user('ann');
      const body = { name: 'v', hidden: 'h', meta: { a: 1, b: 2 }, secret: 's', keeper: ann.user?.id };
      const { id } = await made.seed('vaults', body);
      await made.records.update(made.admin, 'vaults', id, { next: id }, query());
      return { ...made, ann, id };
    }));

  it('answers a hidden property like one that was never declared, byte for byte, at every parameter', async () => {
    const { records, admin, ann } = await world();
    const parameters = (name: string) => [
      { filter: `${name} == "h"` },
      { filter: `next.${name} == "h"` },
      { filter: `vaults.exists(v, v.${name} == "h")` },
      { sort: name },
      { sort: `-next.${name}` },
      { fields: `name,${name}` },
      { expand: name },
      { expand: `next.${name}` },
    ];
    const answers = async (principal: Principal, name: string) =>
      Promise.all(
        parameters(name).map(async (each) => {
          const { code, details } = await problemOf(records.list(principal, 'vaults', query(each)));
          return JSON.stringify({ code, details }).replaceAll(name, 'NAME');
        }),
      );
    const unknown = await answers(ann, 'zzzzzz');
    for (const name of ['hidden', 'secret', 'keeper'])
      assert.deepEqual(await answers(ann, name), unknown, name);
    assert.deepEqual(
      await answers(admin, 'secret'),
      await answers(admin, 'zzzzzz'),
      'writeOnly is for nobody',
    );
    assert.ok(!unknown.join().includes('Did you mean'));
    const { data } = await records.list(
      admin,
      'vaults',
      query({ filter: 'hidden == "h"', sort: 'hidden', fields: 'hidden' }),
    );
    assert.equal(data[0]?.hidden, 'h', 'private is there for admins');
  });

  it('gives no near miss that is hidden', async () => {
    const { records, ann } = await world();
    for (const each of [
      { filter: 'hiden == "h"' },
      { sort: 'hiden' },
      { fields: 'secet' },
      { expand: 'keper' },
    ]) {
      const { details } = await problemOf(records.list(ann, 'vaults', query(each)));
      assert.doesNotMatch(JSON.stringify(details), /hidden|secret|keeper/);
    }
    const { details } = await problemOf(records.create(ann, 'vaults', { hiden: 1 }, query()));
    assert.doesNotMatch(JSON.stringify(details), /"hidden"/);
  });

  it('shows hidden values in no answer, expanded ones included', async () => {
    const { records, admin, ann, id } = await world();
    const shown = { expand: 'next' };
    const answers = [
      await records.read(ann, 'vaults', id, query(shown)),
      await records.list(ann, 'vaults', query(shown)),
      await records.update(ann, 'vaults', id, { hidden: 'h', secret: 's' }, query(shown)),
      await records.replace(ann, 'vaults', id, { name: 'v', next: id }, query(shown)),
      await records.create(ann, 'vaults', { name: 'w', hidden: 'mine', secret: 'own' }, query()),
      await records.batch(ann, { operations: [{ method: 'GET', path: `/v1/vaults/${id}?expand=next` }] }),
    ];
    assert.doesNotMatch(JSON.stringify(answers), /hidden|secret|keeper|meta/);
    const { record } = await records.read(admin, 'vaults', id, query());
    assert.deepEqual(
      [record.hidden, record.meta, 'secret' in record],
      ['h', { a: 1, b: 2 }, false],
      'a PUT kept them',
    );
  });

  it('lets nobody find out what is in a hidden value by building on it', async () => {
    const { records, admin, ann, id } = await world();
    // Merged into what is stored it would be one property too many, and the answer would tell.
    await records.update(ann, 'vaults', id, { meta: { c: 3 } }, query());
    assert.deepEqual((await records.read(admin, 'vaults', id, query())).record.meta, { c: 3 });
    const operations = [
      { method: 'GET', path: `/v1/vaults/${id}` },
      { method: 'POST', path: '/v1/vaults', body: { name: '$0.hidden' } },
    ];
    const { code, details } = await problemOf(records.batch(ann, { operations }));
    assert.deepEqual([code, details.errors?.[0]?.code], ['validation_failed', 'reference']);
  });
});
