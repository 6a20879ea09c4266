import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilePredicate } from '#domain/expressions/evaluate.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import type { RecordValues } from '#domain/expressions/bindings.ts';
import { now, user } from '../../support/expressions/decide.ts';
import { rule } from '../../support/expressions/shapes.ts';

const shape = (source: string, principal: RecordValues | null) =>
  specialise(rule(source), { user: principal, now });
const outcome = (source: string, principal: RecordValues | null) =>
  decided(shape(source, principal).expression);

describe('specialise', () => {
  it('decides what depends on no record', () => {
    assert.equal(outcome('true', null), true);
    assert.equal(outcome('user != null', null), false);
    assert.equal(outcome('user != null', user), true);
    assert.equal(outcome('user.role == "user" && user.verified', user), true);
    assert.equal(outcome('now > "2026-01-01" && user.email.endsWith("@example.com")', user), true);
    assert.equal(outcome('user.role == "admin" && record.done', user), false);
    assert.equal(outcome('user.verified || record.done', user), true);
    assert.equal(outcome('record.done', user), undefined);
  });

  it('decides for anonymous callers what compares something of the user', () => {
    assert.equal(outcome('record.owner == user.id', null), false);
    assert.equal(outcome('!(record.owner == user.id)', null), false);
    assert.equal(outcome('record.owner == user.id && record.done', null), false);
    assert.equal(outcome('members.exists(m, m.user == user.id)', null), false);
    assert.equal(outcome('!members.exists(m, m.user == user.id)', null), true);
    assert.equal(outcome('record.owner == user.id || record.done', null), undefined);
  });

  it('has one shape for callers who differ in values only', () => {
    const mine = rule('record.owner == user.id && record.status == user.role');
    const shapeFor = (principal: RecordValues | null) => specialise(mine, { user: principal, now });
    assert.equal(shapeFor(user).expression, shapeFor({ ...user, id: 'u2', role: 'editor' }).expression);
    assert.equal(shapeFor(user).key, shapeFor({ ...user, id: 'u2' }).key);
    assert.notEqual(shapeFor(user).key, shapeFor({ ...user, role: null }).key);
    assert.notEqual(shapeFor(user).key, shapeFor(null).key);
  });

  it('keeps what the record decides', () => {
    const { expression } = shape('user.verified ? record.owner == user.id : record.done', user);
    const mine = compilePredicate(expression);
    assert.equal(mine({ record: { owner: 'u1', done: false }, user, now }), true);
    assert.equal(mine({ record: { owner: 'u2', done: true }, user, now }), false);
  });

  it('stays small, whatever callers come', () => {
    const source = Array.from({ length: 12 }, (_, bit) => `record.points == user.level + ${bit}`).join(
      ' || ',
    );
    const many = rule(source);
    for (let level = 0; level < 600; level++) specialise(many, { user: { ...user, level }, now });
    assert.equal(specialise(many, { user: { ...user, level: 1 }, now }).key.length, 12);
  });
});

describe('what an expression depends on', () => {
  it('is known before it runs', () => {
    const told = rule(
      'record.project.owner == user.id || members.exists(m, m.user.team == user.team) || now > record.createdAt',
    );
    assert.deepEqual([...told.reads], ['projects', 'users']);
    assert.deepEqual([...told.lists], ['members']);
    assert.deepEqual([...told.collections].toSorted(), ['members', 'projects', 'tasks', 'users']);
    assert.ok(told.properties.has('users.team') && told.properties.has('tasks.project'));
    assert.deepEqual(
      [told.needsDatabase, told.usesUser, told.usesNow, told.usesPrevious],
      [true, true, true, false],
    );
  });

  it('needs no database for the record and the user alone', () => {
    assert.equal(rule('record.owner == user.id && "a" in record.labels').needsDatabase, false);
    assert.equal(rule('record.project.id == record.project').needsDatabase, false);
    assert.equal(rule('previous.done', { previous: true }).usesPrevious, true);
  });
});
