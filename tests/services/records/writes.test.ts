import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { projects, tasks } from './collections.ts';
import { failureOf, nobody, openWorld, problemOf, query } from './fixture.ts';

const absent = '0199c7a0-0000-7000-8000-00000000abcd';

const open = { read: 'true', create: 'true', update: 'true', delete: 'true', list: 'true' };

/** Rules that need other tables, and the stored record beside the candidate. */
const seats: CollectionDefinition = {
  name: 'seats',
  properties: {
    room: { type: 'string' },
    project: { reference: 'projects' },
    taken: { type: 'boolean', default: false },
    prefs: { type: 'object' },
    pin: { type: 'string', writeOnly: true },
    note: { type: 'string', private: true, default: 'none' },
  },
  rules: {
    ...open,
    create: 'record.project.owner == user.id && !seats.exists(s, s.room == record.room)',
    update: 'record.project.owner == user.id && previous.room == record.room',
  },
};

eachDatabase((database) => {
  const world = () => openWorld(database, [projects, tasks, seats]);

  it('asks strangers to sign in, and tells others that it is not for them', async () => {
    const { records, user } = await world();
    const body = { title: 'x' };
    assert.equal((await problemOf(records.create(nobody, 'tasks', body, query()))).code, 'unauthenticated');
    const [ann, bob] = [await user('ann'), await user('bob')];
    const { id } = await records.create(ann, 'projects', { name: 'hers' }, query());
    assert.equal(
      (await problemOf(records.update(bob, 'projects', id, { name: 'his' }, query()))).code,
      'forbidden',
    );
    assert.equal((await problemOf(records.remove(bob, 'projects', id))).code, 'forbidden');
    assert.equal((await problemOf(records.remove(nobody, 'projects', id))).code, 'unauthenticated');
  });

  it('answers what is not there, what is not to be seen and what is no id in the same way', async () => {
    const { records, user } = await world();
    const [ann, bob] = [await user('ann'), await user('bob')];
    const { id } = await records.create(ann, 'tasks', { title: 'hers' }, query());
    for (const wanted of [id, absent, 'nonsense', '', `${id}0`]) {
      for (const work of [
        () => records.read(bob, 'tasks', wanted, query()),
        () => records.update(bob, 'tasks', wanted, { title: 'x' }, query()),
        () => records.remove(bob, 'tasks', wanted),
      ]) {
        const { code, details } = await problemOf(work());
        assert.deepEqual([code, details], ['not_found', {}]);
      }
    }
    for (const name of ['nothing', 'toString', '__proto__', '_plinth_sessions'])
      assert.equal((await problemOf(records.list(bob, name, query()))).code, 'not_found');
  });

  it('checks create on the candidate with its defaults, before anything is written', async () => {
    const { records, user } = await world();
    const [ann, bob] = [await user('ann'), await user('bob')];
    const { id: project } = await records.create(ann, 'projects', { name: 'p' }, query());
    const create = (principal: typeof ann, room: string) =>
      records.create(principal, 'seats', { project, room }, query());
    assert.equal((await problemOf(create(bob, 'one'))).code, 'forbidden');
    await create(ann, 'one');
    assert.equal(
      (await problemOf(create(ann, 'one'))).code,
      'forbidden',
      'the rule sees who is there already',
    );
    await create(ann, 'two');
  });

  it('lets an update through only when its rule holds before and after', async () => {
    const { records, user } = await world();
    const [ann, bob] = [await user('ann'), await user('bob')];
    const { id: hers } = await records.create(ann, 'projects', { name: 'hers' }, query());
    const { id: his } = await records.create(bob, 'projects', { name: 'his' }, query());
    const { id } = await records.create(ann, 'seats', { project: hers, room: 'attic' }, query());
    const patch = (principal: typeof ann, body: object) =>
      records.update(principal, 'seats', id, body, query());
    assert.equal((await problemOf(patch(bob, { taken: true }))).code, 'forbidden', 'not his to change');
    assert.equal((await problemOf(patch(bob, { project: his }))).code, 'forbidden', 'nor to take');
    assert.equal((await problemOf(patch(ann, { project: his }))).code, 'forbidden', 'nor hers to give away');
    assert.equal(
      (await problemOf(patch(ann, { room: 'cellar' }))).code,
      'forbidden',
      'previous is what is stored',
    );
    assert.equal((await patch(ann, { taken: true })).version, 2);
  });

  it('merges a patch into nested values, and counts each write', async () => {
    const { records, user, clock } = await world();
    const ann = await user('ann');
    const body = { title: 'x', meta: { a: 1, b: { c: 1, d: 2 } }, labels: ['one'] };
    const { id, record } = await records.create(ann, 'tasks', body, query());
    clock.advance(1_000);
    const patch = { meta: { b: { c: null, e: [null] }, f: {} }, labels: ['two'], dueOn: '2026-01-01' };
    const changed = (await records.update(ann, 'tasks', id, patch, query())).record;
    assert.deepEqual(changed.meta, { a: 1, b: { d: 2, e: [null] }, f: {} });
    assert.deepEqual(changed.labels, ['two']);
    assert.deepEqual([changed.version, changed.createdAt], [2, record.createdAt]);
    assert.equal(changed.updatedAt, clock.now().toISOString());
    assert.deepEqual((await records.read(ann, 'tasks', id, query())).record, changed);
    assert.equal((await records.update(ann, 'tasks', id, {}, query())).version, 3);
    assert.equal((await records.update(ann, 'tasks', id, { meta: null }, query())).record.meta, null);
  });

  it('replaces with PUT: what is absent gets its default, what could not be sent stays', async () => {
    const { records, admin, user } = await world();
    const ann = await user('ann');
    const { id: project } = await records.create(ann, 'projects', { name: 'p' }, query());
    const { id } = await records.create(
      ann,
      'seats',
      { project, room: 'r', taken: true, prefs: { a: 1 }, pin: '1234', note: 'n' },
      query(),
    );
    const before = (await records.read(ann, 'seats', id, query())).record;
    assert.equal('pin' in before || 'note' in before, false);
    const { record, created } = await records.replace(ann, 'seats', id, { project, room: 'r' }, query());
    assert.deepEqual([created, record.taken, record.prefs, record.version], [false, false, null, 2]);
    const seen = (await records.read(admin, 'seats', id, query())).record;
    assert.deepEqual(['pin' in seen, seen.note], [false, 'n'], 'admins see private, nobody sees writeOnly');
    assert.equal(
      (await records.replace(ann, 'seats', id, record, query())).version,
      3,
      'an answer can be sent back',
    );
  });

  it('creates with PUT under a free id, and says nothing of records that are not to be seen', async () => {
    const { records, user } = await world();
    const [ann, bob] = [await user('ann'), await user('bob')];
    const put = (principal: typeof ann, id: string) =>
      records.replace(principal, 'tasks', id, { title: 'mine' }, query());
    const { created, record, id } = await put(ann, absent.toUpperCase());
    assert.deepEqual([created, id, record.version, record.owner], [true, absent, 1, ann.user?.id]);
    assert.equal((await problemOf(put(bob, absent))).code, 'not_found');
    assert.equal((await problemOf(put(nobody, absent))).code, 'unauthenticated');
    assert.equal((await problemOf(put(nobody, absent.replace('abcd', 'abce')))).code, 'unauthenticated');
    const invalid = records.replace(bob, 'tasks', absent, {}, query());
    assert.deepEqual(
      await failureOf(invalid),
      ['validation_failed', '/title required'],
      'as where nothing is',
    );
    assert.equal((await problemOf(put(ann, 'nonsense'))).code, 'not_found');
  });

  it('lets only admins change the address, role and verified, and makes no users', async () => {
    const { records, admin, user } = await world();
    const ann = await user('ann');
    const me = ann.user?.id as string;
    const patch = (principal: typeof ann, body: object) =>
      records.update(principal, 'users', me, body, query());
    assert.deepEqual(await failureOf(patch(ann, { role: 'admin', verified: true })), [
      'forbidden',
      '/role forbidden',
      '/verified forbidden',
    ]);
    const email = ann.user?.email as string;
    assert.equal(
      (await patch(ann, { role: 'user', verified: false, email: email.toUpperCase() })).record.email,
      email,
    );
    for (const another of ['new@example.com', admin.user?.email]) {
      const body = { email: another };
      const refusals = [
        () => patch(ann, body),
        () => records.replace(ann, 'users', me, body, query()),
        () => records.batch(ann, { operations: [{ method: 'PATCH', path: `/v1/users/${me}`, body }] }),
      ];
      for (const refused of refusals) {
        const { code, details } = await problemOf(refused());
        assert.deepEqual([code, details.errors?.map((error) => error.code)], ['forbidden', ['forbidden']]);
      }
    }
    assert.equal((await patch(admin, { email: 'New@Example.COM' })).record.email, 'new@example.com');
    assert.equal((await patch(admin, { role: 'editor' })).record.role, 'editor');
    const kept = await records.replace(ann, 'users', me, {}, query());
    assert.equal(kept.record.role, 'editor', 'a PUT without it takes no role away');
    assert.deepEqual(await failureOf(patch(ann, { email: 'nonsense' })), [
      'validation_failed',
      '/email format',
    ]);
    const post = await problemOf(records.create(admin, 'users', { email: 'a@b.cd' }, query()));
    const put = await problemOf(records.replace(admin, 'users', absent, { email: 'a@b.cd' }, query()));
    assert.deepEqual([post.code, put.code], ['method_not_allowed', 'method_not_allowed']);
    assert.deepEqual(post.details.allow, ['GET', 'HEAD', 'OPTIONS']);
  });

  it('loses no change when many patch one record at once', async () => {
    const { records, user } = await world();
    const ann = await user('ann');
    const { id } = await records.create(ann, 'tasks', { title: 'x', meta: {} }, query());
    const patches = Array.from({ length: 20 }, (_, n) =>
      records.update(ann, 'tasks', id, { meta: { [`k${n}`]: n } }, query()),
    );
    const versions = (await Promise.all(patches)).map(({ version }) => version).toSorted((a, b) => a - b);
    assert.deepEqual(
      versions,
      Array.from({ length: 20 }, (_, n) => n + 2),
    );
    const { record } = await records.read(ann, 'tasks', id, query());
    assert.equal(Object.keys(record.meta as object).length, 20);
  });
});
