import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '#domain/expressions/evaluate.ts';
import type { RecordValues } from '#domain/expressions/bindings.ts';
import { now, table, user } from '../../support/expressions/decide.ts';
import { worldOf } from '../../support/expressions/records.ts';
import { filter, rule } from '../../support/expressions/shapes.ts';

const ann = { ...user, team: 't1' };
const records = new Map<string, RecordValues[]>([
  ['users', [ann, { id: 'u2', email: 'bob@example.com', team: null }]],
  ['teams', [{ id: 't1', name: 'Builders', lead: 'u2' }]],
  ['projects', [{ id: 'p1', name: 'House', owner: 'u2', team: 't1' }]],
  [
    'members',
    [
      { id: 'm1', project: 'p1', user: 'u1', role: 'editor' },
      { id: 'm2', project: 'p1', user: null, role: null },
    ],
  ],
  ['tasks', []],
]);
const task = { id: 'x1', owner: 'u1', project: 'p1', parent: null, title: 'Paint' };

function decide(source: string, record: RecordValues = task, principal: RecordValues | null = ann): unknown {
  return evaluate(rule(source), { record, user: principal, now }, worldOf(records));
}

function rows(cases: readonly (readonly [source: string, expected: boolean | null])[]): void {
  for (const [source, expected] of cases) {
    it(`${source} is ${String(expected)}`, () => assert.equal(decide(source), expected));
  }
}

describe('references', () => {
  rows([
    ['record.owner == user.id', true],
    ['record.owner == user', true],
    ['record.owner == "u1"', true],
    ['record.project.name == "House"', true],
    ['record.project.owner.email == "bob@example.com"', true],
    ['record.project.owner.team == null', true],
    ['record.project.owner.team.name == null', true],
    ['record.parent == null', true],
    ['record.parent.title == null', true],
    ['record.parent.title < "a"', null],
    ['record.project.id == record.project', true],
    ['user.team.lead.email.startsWith("bob")', true],
  ]);
});

describe('collections', () => {
  rows([
    ['members.exists(m, m.project == record.project && m.user == user.id)', true],
    ['members.exists(m, m.role == "owner")', false],
    ['members.all(m, m.role == "editor")', false],
    ['members.all(m, m.project == record.project)', true],
    ['members.exists(m, users.exists(u, u.id == m.user && u.team.name == "Builders"))', true],
    ['tasks.exists(t, true)', false],
    ['tasks.all(t, false)', true],
  ]);

  it('hide in filters what the caller may not see, as if it were not there', () => {
    const hidden = worldOf(records, (collection) => collection !== 'projects');
    const bindings = { record: task, user: ann, now };
    assert.equal(evaluate(filter('project.name == null'), bindings, hidden), true);
    assert.equal(evaluate(filter('project == "p1"'), bindings, hidden), true);
    assert.equal(evaluate(filter('projects.exists(p, true)'), bindings, hidden), false);
  });
});

describe('what a rule sees of an update', () => {
  table({ record: { title: 'new', owner: 'u1' }, previous: { title: 'old', owner: 'u1' } }, [
    ['record.owner == previous.owner', true],
    ['record.title != previous.title', true],
    ['record == previous', true],
  ]);
});

describe('nobody signed in', () => {
  const ownerless = { record: { owner: null, title: 'a' }, user: null };
  table(ownerless, [
    ['user == null', true],
    ['user != null', false],
    ['record.owner == user.id', null],
    ['record.owner != user.id', null],
    ['!(record.owner == user.id)', null],
    ['user.id == null', null],
    ['has(user.role)', null],
    ['record.owner in [user.id]', null],
    ['record.title in user.tags', null],
    ['record.owner == (record.title == "a" ? user.id : null)', null],
    ['user.role.lowerAscii() == null', null],
    ['user.verified', null],
    ['(user.role == "a") == null', null],
    ['user.tags.exists(t, t == "a")', null],
    ['user.team.name == null', null],
    ['record.owner == null', true],
    ['user != null && record.owner == user.id', false],
  ]);

  it('is not a signed-in user without a value', () => {
    const nameless = { ...user, role: null };
    assert.equal(decide('record.status == user.role', { status: null }, nameless), true);
    assert.equal(decide('user.role == null', task, nameless), true);
  });
});
