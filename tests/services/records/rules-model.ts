import fc from 'fast-check';
import type { CollectionDefinition, RuleName } from '#domain/collections/definition.ts';

/** A record as the naive evaluator knows it. */
export type Plain = Readonly<Record<string, unknown>> & { readonly id: string };

/** Everything there is, by collection. */
export type Everything = Readonly<Record<string, readonly Plain[]>>;

/** true, false, or null: neither. */
export type Truth = boolean | null;

/** A rule as its source, and as a plain function that has nothing in common with the code under test. */
export interface ModelRule {
  readonly source: string;
  holds(record: Plain, user: Plain | null, everything: Everything): Truth;
}

const same = (left: unknown, right: unknown): Truth => left === right;

/** A member of `user` that is compared is neither true nor false when nobody is signed in. */
const sameAsUser = (value: unknown, user: Plain | null): Truth => (user === null ? null : value === user.id);

const linked = (record: Plain, property: string, name: string, { [name]: records = [] }: Everything) =>
  records.find(({ id }) => id === record[property]);

const rule = (source: string, holds: ModelRule['holds']): ModelRule => ({ source, holds });

/** What a rule of each collection can be made of. */
const atoms: Readonly<Record<string, readonly ModelRule[]>> = {
  docs: [
    rule('record.open', (record) => record.open as Truth),
    rule('record.level > 2', ({ level }) => (level === null ? null : (level as number) > 2)),
    rule('record.hidden == "x"', (record) => same(record.hidden, 'x')),
    rule('record.owner == user.id', (record, user) => sameAsUser(record.owner, user)),
    rule('record.owner == null', (record) => same(record.owner, null)),
    rule('record.team.boss == user.id', (record, user, all) =>
      sameAsUser(linked(record, 'team', 'teams', all)?.boss ?? null, user),
    ),
    rule(
      'record.team.open',
      (record, _user, all) => (linked(record, 'team', 'teams', all)?.open ?? null) as Truth,
    ),
    rule('members.exists(m, m.team == record.team && m.user == user.id)', (record, user, { members = [] }) =>
      members.some((each) => each.team === record.team && sameAsUser(each.user, user) === true),
    ),
  ],
  teams: [
    rule('record.open', (record) => record.open as Truth),
    rule('record.boss == user.id', (record, user) => sameAsUser(record.boss, user)),
    rule(
      'record.boss.verified',
      (record, _user, all) => (linked(record, 'boss', 'users', all)?.verified ?? null) as Truth,
    ),
    rule('members.exists(m, m.team == record.id && m.user == user.id)', (record, user, { members = [] }) =>
      members.some((each) => each.team === record.id && sameAsUser(each.user, user) === true),
    ),
  ],
  members: [
    rule('record.user == user.id', (record, user) => sameAsUser(record.user, user)),
    rule(
      'record.team.open',
      (record, _user, all) => (linked(record, 'team', 'teams', all)?.open ?? null) as Truth,
    ),
  ],
  users: [
    rule('record.id == user.id', (record, user) => sameAsUser(record.id, user)),
    rule('record.verified', (record) => record.verified as Truth),
  ],
};

const anywhere: readonly ModelRule[] = [
  rule('true', () => true),
  rule('false', () => false),
  rule('user != null', (_record, user) => user !== null),
  rule('user.verified == true', (_record, user) => (user === null ? null : user.verified === true)),
];

const and = (left: ModelRule, right: ModelRule): ModelRule =>
  rule(`(${left.source} && ${right.source})`, (...of) => {
    const [a, b] = [left.holds(...of), right.holds(...of)];
    if (a === false || b === false) return false;
    return a === null || b === null ? null : true;
  });

const or = (left: ModelRule, right: ModelRule): ModelRule =>
  rule(`(${left.source} || ${right.source})`, (...of) => {
    const [a, b] = [left.holds(...of), right.holds(...of)];
    if (a === true || b === true) return true;
    return a === null || b === null ? null : false;
  });

const not = (inner: ModelRule): ModelRule =>
  rule(`!(${inner.source})`, (...of) => {
    const truth = inner.holds(...of);
    return truth === null ? null : !truth;
  });

/** A rule of a collection; undefined where there is none, which means admins only. */
export function someRule(collection: string): fc.Arbitrary<ModelRule | undefined> {
  const all = [...(atoms[collection] ?? []), ...anywhere];
  const atom = fc.constantFrom(...all);
  // What `exists` makes of members that are neither is not said in the contract, so it is not turned around.
  const negated = fc.constantFrom(...all.filter(({ source }) => !source.includes('exists'))).map(not);
  const { tree } = fc.letrec<{ tree: ModelRule }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2, withCrossShrink: true },
      { arbitrary: atom, weight: 4 },
      { arbitrary: negated, weight: 1 },
      { arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => and(left, right)), weight: 2 },
      { arbitrary: fc.tuple(tie('tree'), tie('tree')).map(([left, right]) => or(left, right)), weight: 2 },
    ),
  }));
  // Of users, every rule that is not given is built in.
  return collection === 'users' ? tree : fc.option(tree, { nil: undefined, freq: 8 });
}

export type ModelRules = Readonly<Partial<Record<RuleName, ModelRule | undefined>>>;

export const structure: readonly CollectionDefinition[] = [
  {
    name: 'teams',
    properties: {
      name: { type: 'string' },
      open: { type: 'boolean' },
      boss: { reference: 'users' },
      secret: { type: 'string', private: true },
    },
  },
  { name: 'members', properties: { team: { reference: 'teams' }, user: { reference: 'users' } } },
  {
    name: 'docs',
    properties: {
      title: { type: 'string' },
      level: { type: 'integer' },
      open: { type: 'boolean' },
      team: { reference: 'teams' },
      owner: { reference: 'users' },
      hidden: { type: 'string', private: true },
    },
    search: ['title'],
  },
];

/** The structure with these rules. */
export function withRules(rules: Readonly<Record<string, ModelRules>>): CollectionDefinition[] {
  const users = { name: 'users', properties: {} };
  return [...structure, users].map((definition) => {
    const own = Object.entries(rules[definition.name] ?? {}).filter(([, each]) => each !== undefined);
    return {
      ...definition,
      rules: Object.fromEntries(own.map(([name, each]) => [name, (each as ModelRule).source])),
    };
  });
}
