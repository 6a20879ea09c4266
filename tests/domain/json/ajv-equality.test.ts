import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { useJsonEquality } from '#domain/json/ajv-equality.ts';

function validate(schema: object, value: unknown): boolean {
  const ajv = new Ajv2020({ strict: false });
  useJsonEquality(ajv);
  return ajv.compile(schema)(value);
}

test('objects are compared by their members, whatever the members are called', () => {
  const schema = { enum: [{ a: 1 }, 'b', null] };
  for (const value of [{ valueOf: 1 }, { toString: 'x' }, JSON.parse('{ "__proto__": {} }') as unknown])
    assert.equal(validate(schema, value), false);
  for (const value of [{ a: 1 }, 'b', null]) assert.equal(validate(schema, value), true);
  assert.equal(validate({ const: { valueOf: 1 } }, { valueOf: 1 }), true);
  assert.equal(validate({ const: { valueOf: 1 } }, { valueOf: 2 }), false);
});

test('the order of members is no difference, that of items is one', () => {
  assert.equal(validate({ const: { a: 1, b: 2 } }, { b: 2, a: 1 }), true);
  assert.equal(validate({ const: [1, 2] }, [2, 1]), false);
});

test('a failure tells what is allowed', () => {
  const ajv = new Ajv2020({ strict: false });
  useJsonEquality(ajv);
  const check = ajv.compile({ properties: { color: { enum: ['red'] } } });
  assert.equal(check({ color: 'blue' }), false);
  const [error] = check.errors ?? [];
  assert.deepEqual(
    [error?.keyword, error?.instancePath, error?.params],
    ['enum', '/color', { allowedValues: ['red'] }],
  );
});
