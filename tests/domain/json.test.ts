import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson, changedKeys, isSameJson } from '#domain/json/canonical.ts';
import { appendToPointer, keysOfPointer } from '#domain/json/pointer.ts';
import type { JsonValue } from '#domain/json/value.ts';

test('a pointer escapes what it is made of, and gives it back', () => {
  const keys = ['a/b', 'm~n', '~1', '', 'ä'];
  const pointer = appendToPointer('/properties', ...keys, 0);
  assert.equal(pointer, '/properties/a~1b/m~0n/~01//ä/0');
  assert.deepEqual(keysOfPointer(pointer), ['properties', ...keys, '0']);
  assert.deepEqual(keysOfPointer(''), []);
});

test('canonical JSON has the keys of objects by length, then by bytes, and no -0', () => {
  const value = canonicalJson(
    JSON.parse('{"bb":[{"z":1,"é":2,"y":-0}],"__proto__":1,"a":null}') as JsonValue,
  );
  assert.equal(JSON.stringify(value), '{"a":null,"bb":[{"y":0,"z":1,"é":2}],"__proto__":1}');
});

test('values are the same whatever the order of their members', () => {
  const same: [unknown, unknown][] = [
    [
      { a: 1, b: [{ c: null }] },
      { b: [{ c: null }], a: 1 },
    ],
    [[], []],
    [0, -0],
  ];
  for (const [left, right] of same)
    assert.equal(isSameJson(left, right), true, JSON.stringify([left, right]));
  const different: [unknown, unknown][] = [
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: 1, b: 2 }, { a: 1 }],
    [{ a: undefined }, { b: undefined }],
    [{ constructor: 1 }, {}],
    [{}, { toString: 1 }],
    [
      [1, 2],
      [2, 1],
    ],
    [[], {}],
    [{}, null],
    ['1', 1],
  ];
  for (const [left, right] of different)
    assert.equal(isSameJson(left, right), false, JSON.stringify([left, right]));
});

test('changed members are told in order, and undefined is the same as absent', () => {
  assert.deepEqual(
    changedKeys({ a: 1, b: { c: 1, d: 2 }, e: undefined }, { f: 3, b: { d: 2, c: 1 }, a: 2 }),
    ['a', 'f'],
  );
});
