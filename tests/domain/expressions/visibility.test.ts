import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilePath } from '#domain/expressions/check.ts';
import { mistakeIn } from '../../support/expressions/decide.ts';
import { filter, shapes, type Options } from '../../support/expressions/shapes.ts';

const path = (source: string, admin = false) =>
  compilePath(source, { collection: 'tasks', collections: shapes, admin });

/** The mistake, the name in it replaced, so that two names can be compared. */
function refusal(name: string, write: (name: string) => string, options?: Options): string {
  const { message, position, hint } = mistakeIn(() => filter(write(name), options));
  return JSON.stringify([message.replaceAll(name, '?'), position, hint]);
}

describe('a property that the caller may not see', () => {
  const places: readonly [where: string, hidden: string, write: (name: string) => string][] = [
    ['of the record', 'note', (name) => `${name} == "a"`],
    ['behind record', 'note', (name) => `record.${name} == "a"`],
    ['behind a reference', 'secret', (name) => `owner.${name} == "a"`],
    ['behind two references', 'secret', (name) => `project.owner.${name} == "a"`],
    ['of the user', 'secret', (name) => `user.${name} == "a"`],
    ['of a variable', 'secret', (name) => `users.exists(u, u.${name} == "a")`],
    ['of the wrong type', 'note', (name) => `${name} + 1 == 2`],
  ];
  for (const [where, hidden, write] of places) {
    it(`${where} is refused like a name that does not exist`, () => {
      assert.equal(refusal(hidden, write), refusal('zqxj'.slice(0, hidden.length), write));
      assert.ok(filter(write(hidden).replace('+ 1 == 2', '== "a"'), { admin: true }));
    });
  }

  it('that is write-only does not exist for admins either', () => {
    const write = (name: string) => `${name} == "a"`;
    assert.equal(refusal('pin', write), refusal('zqx', write));
    assert.equal(refusal('pin', write, { admin: true }), refusal('zqx', write, { admin: true }));
  });

  it('is never the hint for a near miss', () => {
    assert.equal(mistakeIn(() => filter('notes == "a"')).hint, undefined);
    assert.equal(mistakeIn(() => filter('notes == "a"', { admin: true })).hint, 'note');
    assert.equal(mistakeIn(() => filter('owner.secrets == "a"')).hint, undefined);
  });

  it('leaves its name free for a variable', () => {
    assert.ok(filter('members.exists(note, note.role == title)'));
  });

  it('cannot be sorted by', () => {
    assert.equal(mistakeIn(() => path('note')).message, '"tasks" has no property "note".');
    assert.equal(mistakeIn(() => path('owner.secret')).position, 6);
    assert.equal(path('note', true).property.name, 'note');
  });
});

describe('names in a filter', () => {
  it('are properties first, then record, user, now and collections', () => {
    assert.deepEqual([...filter('user.id == owner && createdAt < now').properties].toSorted(), [
      'tasks.createdAt',
      'tasks.owner',
      'users.id',
    ]);
    assert.equal(filter('record.title == title').usesUser, false);
    assert.deepEqual(
      [...filter('user == id', { collection: 'members' }).properties],
      ['members.user', 'members.id'],
    );
  });
});

describe('a sort path', () => {
  it('leads to one property, through references', () => {
    const through = path('project.owner.email');
    assert.deepEqual([through.target, through.property.name, through.nullable], ['users', 'email', true]);
    assert.deepEqual([...through.reads].toSorted(), ['projects', 'users']);
    assert.equal(through.needsDatabase, true);
    assert.deepEqual([path('title').nullable, path('status').nullable], [false, true]);
  });

  it('is nothing but names, and ends in a simple value', () => {
    const refused = [
      '',
      'title ',
      '-title',
      'title.',
      'size(title)',
      'labels',
      'meta',
      'meta.key',
      'user.id',
      'now',
      'titel',
    ];
    for (const source of refused) assert.ok(mistakeIn(() => path(source)).message, source);
  });
});
