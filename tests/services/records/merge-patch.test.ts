import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JsonValue } from '#domain/json/value.ts';
import { mergePatch } from '#services/records/body/merge-patch.ts';

/** RFC 7396, appendix A: target, patch, result. */
const examples: [JsonValue, JsonValue, JsonValue][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

it('merges as the examples of RFC 7396 do', () => {
  for (const [target, patch, result] of examples) assert.deepEqual(mergePatch(target, patch), result);
});

it('takes __proto__ for a name like any other', () => {
  const patch = JSON.parse('{"__proto__": {"polluted": true}}') as JsonValue;
  const merged = mergePatch({ a: 1 }, patch) as Record<string, unknown>;
  assert.equal(JSON.stringify(merged), '{"a":1,"__proto__":{"polluted":true}}');
  assert.equal(merged.polluted, undefined);
  assert.equal(
    JSON.stringify(mergePatch(merged as JsonValue, JSON.parse('{"__proto__": null}') as JsonValue)),
    '{"a":1}',
  );
});
