import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import { eachDatabase } from '../../support/databases.ts';
import { nobody, openWorld, problemOf, query, type World } from './fixture.ts';
import {
  someRule,
  structure,
  withRules,
  type Everything,
  type ModelRules,
  type Plain,
} from './rules-model.ts';

type Rules = Readonly<Record<string, ModelRules>>;

/** What the naive evaluator says a caller may do, from the rules' own words. */
class Model {
  readonly rules: Rules;
  readonly everything: Everything;
  readonly principal: Principal;

  constructor(rules: Rules, everything: Everything, principal: Principal) {
    this.rules = rules;
    this.everything = everything;
    this.principal = principal;
  }

  may(collection: string, rule: keyof ModelRules, record: Plain): boolean {
    if (bypassesRules(this.principal)) return true;
    const user =
      this.principal.user === null
        ? null
        : (this.all('users').find(({ id }) => id === this.principal.user?.id) as Plain);
    return this.rules[collection]?.[rule]?.holds(record, user, this.everything) === true;
  }

  all(collection: string): readonly Plain[] {
    return this.everything[collection] ?? [];
  }

  listed(collection: string): readonly Plain[] {
    return this.all(collection).filter((record) => this.may(collection, 'list', record));
  }

  /** The record a reference leads to, as the caller sees it. */
  seen(collection: string, id: unknown): Plain | undefined {
    const record = this.all(collection).find((each) => each.id === id);
    return record !== undefined && this.may(collection, 'read', record) ? record : undefined;
  }
}

const patches = [
  { level: 4, open: true },
  { level: null, open: false, owner: null },
];

const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id).toSorted();

async function fill(world: World, users: readonly Principal[]): Promise<Everything> {
  const ids = users.map(({ user }) => user?.id as string);
  const pick = <T>(from: readonly T[], index: number) => from[index % from.length] as T;
  const seed = async (name: string, bodies: object[]): Promise<Plain[]> => {
    const made: Plain[] = [];
    for (const body of bodies) made.push(await world.seed(name, body));
    return made;
  };
  const teams = await seed('teams', [
    { name: 'red', open: true, boss: ids[0], secret: 'x' },
    { name: 'blue', open: false, boss: ids[1], secret: 'y' },
    { name: 'red', open: null, boss: null, secret: 'x' },
  ]);
  const members = await seed('members', [
    { team: teams[0]?.id, user: ids[1] },
    { team: teams[1]?.id, user: ids[0] },
    { team: teams[2]?.id, user: ids[1] },
    { team: null, user: ids[0] },
  ]);
  const docs = await seed(
    'docs',
    Array.from({ length: 14 }, (_, index) => ({
      title: pick(['apple tree', 'apple', 'tree pear'], index),
      level: pick([null, 1, 3, 5], index),
      open: pick([true, false, null], index),
      team: pick([...teams.map(({ id }) => id), null], index * 3),
      owner: pick([ids[0], null, ids[1]], index),
      hidden: pick(['x', null, 'y', 'x', null], index),
    })),
  );
  const everyone = (await world.records.list(world.admin, 'users', query({ limit: '200' }))).data;
  return { teams, members, docs, users: everyone };
}

async function compare(world: World, model: Model): Promise<void> {
  const { records } = world;
  const { principal } = model;
  const list = async (name: string, parameters: Record<string, string> = {}) =>
    records.list(principal, name, query({ limit: '200', ...parameters }));

  for (const name of ['docs', 'teams', 'members', 'users']) {
    const { data, total } = await list(name, { count: 'exact' });
    assert.deepEqual(idsOf(data), idsOf(model.listed(name)), `list of ${name}`);
    assert.equal(total, model.listed(name).length, `total of ${name}`);
    for (const record of model.all(name)) {
      const code = await records.read(principal, name, record.id, query()).then(
        () => 200,
        (error) => error.code,
      );
      assert.equal(code, model.may(name, 'read', record) ? 200 : 'not_found', `read one of ${name}`);
    }
  }

  const expanded = await list('docs', { expand: 'team.boss,owner' });
  for (const doc of expanded.data) {
    const stored = model.all('docs').find(({ id }) => id === doc.id) as Plain;
    const team = model.seen('teams', stored.team);
    const boss = model.seen('users', team?.boss);
    assert.equal((doc.team as Plain | null)?.id, team?.id, 'expand a reference');
    assert.equal(
      ((doc.team as Plain | null)?.boss as Plain | null | undefined)?.id,
      boss?.id,
      'expand two deep',
    );
    assert.equal((doc.owner as Plain | null)?.id, model.seen('users', stored.owner)?.id, 'expand a user');
    assert.equal(
      'secret' in ((doc.team as Plain | null) ?? {}),
      bypassesRules(principal) && team !== undefined,
      'private in expand',
    );
  }

  const filters: Record<string, (doc: Plain) => boolean> = {
    'team.name == "red"': (doc) => model.seen('teams', doc.team)?.name === 'red',
    'team.name != "red"': (doc) => model.seen('teams', doc.team)?.name !== 'red',
    'team.boss.verified == true': (doc) =>
      model.seen('users', model.seen('teams', doc.team)?.boss)?.verified === true,
    'teams.exists(t, t.id == team && t.name == "red")': (doc) =>
      model.listed('teams').some((team) => team.id === doc.team && team.name === 'red'),
    'members.exists(m, m.team.name == "blue")': () =>
      model.listed('members').some((member) => model.seen('teams', member.team)?.name === 'blue'),
  };
  for (const [filter, holds] of Object.entries(filters)) {
    const { data, total } = await list('docs', { filter, count: 'exact' });
    const expected = model.listed('docs').filter(holds);
    assert.deepEqual(idsOf(data), idsOf(expected), `filter ${filter}`);
    assert.equal(total, expected.length, `total of filter ${filter}`);
  }

  const searched = model.listed('docs').filter(({ title }) => String(title).split(' ').includes('apple'));
  assert.deepEqual(idsOf((await list('docs', { q: 'Apple' })).data), idsOf(searched), 'search');

  const { data: sorted } = await list('docs', { sort: '-team.name' });
  const nameOf = ({ team }: Plain) => model.seen('teams', team)?.name as string | undefined;
  const inOrder = model.listed('docs').toSorted((left, right) => {
    const [a, b] = [nameOf(left), nameOf(right)];
    if (a !== b) return a === undefined ? -1 : b === undefined ? 1 : a < b ? 1 : -1;
    return left.id < right.id ? 1 : -1;
  });
  assert.deepEqual(
    sorted.map(({ id }) => id),
    inOrder.map(({ id }) => id),
    'sort through a reference',
  );

  await compareWrites(world, model);
}

/** Each write in a batch that ends in failure: whether it got that far says whether it was allowed; nothing stays. */
async function compareWrites({ records }: World, model: Model): Promise<void> {
  const { principal } = model;
  const refused = principal.user === null ? 'unauthenticated' : 'forbidden';
  const stop = { method: 'POST', path: '/v1/nothing', body: {} };
  const outcome = async (method: string, path: string, body?: object) => {
    const operations = [{ method, path, ...(body && { body }) }, stop];
    const { code, details } = await problemOf(records.batch(principal, { operations }));
    return details.operation === 1 ? 'done' : code;
  };
  for (const doc of model.all('docs')) {
    const path = `/v1/docs/${doc.id}`;
    const isThere = model.may('docs', 'read', doc);
    const expected = (isAllowed: boolean) => (!isThere ? 'not_found' : isAllowed ? 'done' : refused);
    assert.equal(await outcome('GET', path), isThere ? 'done' : 'not_found', 'read in a batch');
    for (const patch of patches) {
      const mayUpdate = model.may('docs', 'update', doc) && model.may('docs', 'update', { ...doc, ...patch });
      assert.equal(await outcome('PATCH', path, patch), expected(mayUpdate), 'update');
    }
    assert.equal(await outcome('DELETE', path), expected(model.may('docs', 'delete', doc)), 'delete');
    const { title, level, open, team, owner } = doc;
    const candidate = { id: 'new', title, level, open, team, owner, hidden: null };
    const body = { title, level, open, team, owner };
    assert.equal(
      await outcome('POST', '/v1/docs', body),
      model.may('docs', 'create', candidate) ? 'done' : refused,
      'create',
    );
  }
}

const someRules = fc.record({
  docs: fc.record({
    list: someRule('docs'),
    read: someRule('docs'),
    create: someRule('docs'),
    update: someRule('docs'),
    delete: someRule('docs'),
  }),
  teams: fc.record({ list: someRule('teams'), read: someRule('teams') }),
  members: fc.record({ list: someRule('members'), read: someRule('members') }),
  users: fc.record({ list: someRule('users'), read: someRule('users') }),
});

eachDatabase((database) => {
  it('every door opens exactly where a naive reading of the rules says', async () => {
    const world = await openWorld(database, structure);
    const users = [await world.user('ann'), await world.user('bob')];
    await world.records.update(
      world.admin,
      'users',
      users[1]?.user?.id as string,
      { verified: true },
      query(),
    );
    const everything = await fill(world, users);
    await fc.assert(
      fc.asyncProperty(someRules, async (rules) => {
        await world.apply(withRules(rules));
        for (const principal of [nobody, ...users, world.admin]) {
          // Rules see the user as they are now.
          const user = everything.users?.find(({ id }) => id === principal.user?.id);
          const current =
            principal.user === null ? principal : { ...principal, user: user as Principal['user'] };
          await compare(world, new Model(rules, everything, current));
        }
      }),
      { numRuns: database.name === 'sqlite' ? 12 : 6 },
    );
  });
});
