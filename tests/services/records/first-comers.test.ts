import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FillOnceCache } from '#services/records/fill-once-cache.ts';

test('the first keys are kept, the next ones are not', () => {
  const kept = new FillOnceCache<number>(2);
  for (const [index, key] of ['a', 'b', 'c'].entries()) kept.set(key, index);
  assert.deepEqual([kept.get('a'), kept.get('b'), kept.get('c')], [0, 1, undefined]);
});

test('when many others have come, they get the places', () => {
  const kept = new FillOnceCache<number>(2);
  kept.set('a', 1);
  kept.set('b', 2);
  for (let stranger = 0; stranger < 39; stranger++) kept.set(`stranger ${stranger}`, 0);
  assert.equal(kept.get('a'), 1);
  kept.set('c', 3);
  assert.equal(kept.get('a'), undefined);
  assert.equal(kept.get('c'), 3);
  kept.set('d', 4);
  assert.deepEqual([kept.get('c'), kept.get('d')], [3, 4]);
});
