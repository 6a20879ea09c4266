import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { FieldError } from '#domain/errors/problem.ts';
import { fullAllowance, normalise } from '#services/records/body/normalise.ts';

function run(value: unknown) {
  const errors: FieldError[] = [];
  return { result: normalise(value, '/x', errors, fullAllowance()), errors };
}

it('orders keys by their length in bytes, then by bytes, at every depth', () => {
  const { result } = run({ bb: 1, a: { é: 1, zz: 2, y: 3 }, ab: 2, c: 3 });
  assert.equal(JSON.stringify(result), '{"a":{"y":3,"zz":2,"é":1},"c":3,"ab":2,"bb":1}');
});

it('changes nothing else, and nothing more the second time', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
      const { result, errors } = run(value);
      if (errors.length > 0) return;
      assert.deepEqual(result, JSON.parse(JSON.stringify(value)));
      assert.equal(JSON.stringify(run(result).result), JSON.stringify(result));
    }),
  );
});

it('reports places by JSON pointer, escaped and cut', () => {
  const key = `a/b~c${'x'.repeat(500)}`;
  const [error] = run({ [key]: 'a\0' }).errors;
  assert.equal(error?.pointer, `/x/a~1b~0c${'x'.repeat(123)}…`);
  assert.equal(run(new Date(0)).errors.length, 0, 'an object without own members is an empty one');
  for (const odd of [undefined, 5n, Symbol('s'), () => 1]) assert.equal(run([odd]).errors[0]?.code, 'type');
});

it('reports at most a hundred errors', () => {
  assert.equal(run(Array.from({ length: 5_000 }, () => '\0')).errors.length, 100);
});
