import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memo } from '#domain/memo.ts';

test('a memo remembers for each object by itself', () => {
  const memo = new Memo<object, string>();
  const [one, other] = [{}, {}];
  memo.set(one, 'first');
  assert.equal(memo.get(one), 'first');
  assert.equal(memo.get(other), undefined);
});

test('two memos on one object do not meet', () => {
  const [lengths, names] = [new Memo<object, number>(), new Memo<object, string>()];
  const key = {};
  lengths.set(key, 3);
  names.set(key, 'key');
  assert.equal(lengths.get(key), 3);
  assert.equal(names.get(key), 'key');
});

test('a copy of an object begins without what was remembered of it', () => {
  const memo = new Memo<{ value: number }, string>();
  const key = { value: 1 };
  memo.set(key, 'of the original');
  assert.equal(memo.get({ ...key, value: 2 }), undefined);
  assert.equal(memo.get(Object.assign({}, key)), undefined);
});

test('what was remembered is in no JSON and in no list of keys', () => {
  const memo = new Memo<{ value: number }, string>();
  const key = { value: 1 };
  memo.set(key, 'hidden');
  assert.equal(JSON.stringify(key), '{"value":1}');
  assert.deepEqual(Object.keys(key), ['value']);
  assert.deepEqual(key, { value: 1 });
});
