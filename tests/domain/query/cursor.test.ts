import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Problem } from '#domain/errors/problem.ts';
import { createCursors, type CursorQuery } from '#domain/query/cursor.ts';

const query: CursorQuery = { collection: 'tasks', filter: 'a == 1', search: undefined, sort: [] };
const value = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.string({ unit: 'binary' }),
);

it('gives back the very values that went in, to the last bit', () => {
  const cursors = createCursors('secret');
  fc.assert(
    fc.property(fc.array(value, { maxLength: 9 }), (values) => {
      const stored = values.map((each) => (Object.is(each, -0) ? 0 : each));
      assert.deepEqual(cursors.decode(cursors.encode(stored, query), query), stored);
    }),
  );
});

it('is refused when a character of it is changed', () => {
  const cursors = createCursors('secret');
  const cursor = cursors.encode(['a', 1, null], query);
  for (let at = 0; at < cursor.length; at++) {
    const changed = `${cursor.slice(0, at)}${cursor[at] === 'A' ? 'B' : 'A'}${cursor.slice(at + 1)}`;
    assert.throws(
      () => cursors.decode(changed, query),
      (error) => error instanceof Problem && error.details.parameter === 'cursor',
      changed,
    );
  }
});

it('is refused by another secret, and for another collection, filter or search', () => {
  const cursors = createCursors('secret');
  const cursor = cursors.encode([1], query);
  assert.throws(() => createCursors('other').decode(cursor, query), Problem);
  for (const other of [{ collection: 'users' }, { filter: undefined }, { filter: 'a == 2' }, { search: 'x' }])
    assert.throws(() => cursors.decode(cursor, { ...query, ...other }), Problem);
});
