import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { carryDigits, digitsOf, parseJson } from '#domain/json/digits.ts';
import type { JsonValue } from '#domain/json/value.ts';
import {
  compareDecimals,
  decimalArithmetic,
  decimalOfSortKey,
  isMultiple,
  negateDecimal,
  parseDecimal,
  sortKeyOf,
  withoutScale,
  withScale,
} from '#domain/kinds/decimal-arithmetic.ts';
import { conversionBetween, convertValue, exampleOf, kinds, publishedSchema } from '#domain/kinds/kinds.ts';

const nines = '9'.repeat(38);

test('a number is read digit by digit into one form', () => {
  const readings: [text: string, decimal: string | undefined][] = [
    ['0', '0'],
    ['-0.00', '0'],
    ['12.50', '12.5'],
    ['1200', '1200'],
    ['12345678901234567890.12', '12345678901234567890.12'],
    ['1.25e1', '12.5'],
    ['125E-3', '0.125'],
    ['1e37', `1${'0'.repeat(37)}`],
    [nines, nines],
    [`-0.${nines}`, `-0.${nines}`],
    ['1e38', undefined],
    ['1e-39', undefined],
    ['1e99999999', undefined],
    ['01', undefined],
    ['+1', undefined],
    ['.5', undefined],
    ['1.', undefined],
    ['0x1', undefined],
    ['', undefined],
    ['NaN', undefined],
    ['1,5', undefined],
  ];
  for (const [text, decimal] of readings) assert.equal(parseDecimal(text), decimal, text);
});

/** Decimals of up to 38 digits on each side, with many that lie close together. */
const decimals = fc
  .tuple(
    fc.boolean(),
    fc.oneof(fc.bigInt(0n, 20n), fc.bigInt(0n, 10n ** 38n - 1n)),
    fc.oneof(
      fc.constantFrom('', '.5', '.05', '.50000000000000000000000000000000000001'),
      fc.stringMatching(/^\.\d{1,38}$/),
    ),
  )
  .map(
    ([isNegative, whole, fraction]) => parseDecimal(`${isNegative ? '-' : ''}${whole}${fraction}`) as string,
  );

/** As an integer of 76 digits after the point, by which JavaScript can be asked. */
const scaled = (decimal: string): bigint => BigInt(withScale(decimal, 76).replace('.', ''));

test('sort keys order as the decimals do, byte by byte, and hold them', () => {
  fc.assert(
    fc.property(decimals, decimals, (left, right) => {
      const [one, other] = [sortKeyOf(left), sortKeyOf(right)];
      const expected = Number(scaled(left) > scaled(right)) - Number(scaled(left) < scaled(right));
      assert.equal(Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other))), expected);
      assert.equal(compareDecimals(left, right), expected);
      assert.equal(decimalOfSortKey(one), left);
    }),
    { numRuns: 2_000 },
  );
  assert.equal(sortKeyOf('12.5'), 'p02 12.5');
  assert.equal(sortKeyOf('-12.5'), 'n97 87.4~ -12.5');
  assert.equal(sortKeyOf('0'), 'p01 0');
});

test('arithmetic is exact, and null beyond 38 digits on a side of the point', () => {
  const limit = 10n ** (38n + 76n);
  fc.assert(
    fc.property(decimals, decimals, (left, right) => {
      const sums = { '+': scaled(left) + scaled(right), '-': scaled(left) - scaled(right) };
      for (const operator of ['+', '-'] as const) {
        const sum = decimalArithmetic[operator](left, right);
        const isOut = sums[operator] >= limit || sums[operator] <= -limit;
        assert.equal(sum === null ? null : scaled(sum), isOut ? null : sums[operator]);
      }
      const product = decimalArithmetic['*'](left, right);
      if (product !== null) assert.equal(scaled(product) * 10n ** 76n, scaled(left) * scaled(right));
      assert.equal(scaled(negateDecimal(left)), -scaled(left));
    }),
    { numRuns: 2_000 },
  );
  assert.equal(decimalArithmetic['*']('0.1', '0.1'), '0.01');
  assert.equal(decimalArithmetic['+'](nines, '1'), null);
  assert.equal(decimalArithmetic['*'](`0.${nines}`, '0.1'), null);
  assert.equal(isMultiple('12.30', '0.05'), true);
  assert.equal(isMultiple('12.31', '0.05'), false);
  assert.equal(withoutScale('1200'), '1200');
  assert.equal(withoutScale('12.00'), '12');
});

const schema = {
  type: 'string',
  format: 'decimal',
  scale: 2,
  minimum: -10,
  exclusiveMaximum: '1e20',
  multipleOf: 0.05,
};

function read(value: JsonValue, more: object = {}): unknown {
  const reasons: string[] = [];
  const refuse = (code: string, detail: string) => {
    reasons.push(`${code}: ${detail}`);
    return undefined;
  };
  return kinds.decimal.read?.(value, refuse, { ...schema, ...more }) ?? reasons;
}

test('a value of a body is brought to its scale, or refused', () => {
  assert.equal(read('12.5'), '12.50');
  assert.equal(read(12.5), '12.50');
  assert.equal(read('-0'), '0.00');
  assert.equal(read('1e1'), '10.00');
  assert.equal(read(true), true);
  assert.deepEqual(read('12.505'), [
    'scale: must not have more than 2 digits after the point: nothing is rounded',
  ]);
  for (const text of ['12,50', '007', '-00.5', '+1', ' 1', '.5', '5.'])
    assert.deepEqual(read(text), ['format: must be a decimal such as "12.50"']);
  assert.deepEqual(read('-10.01'), ['minimum: must be >= -10', 'multipleOf: must be multiple of 0.05']);
  assert.deepEqual(read('100000000000000000000'), ['exclusiveMaximum: must be < 100000000000000000000']);
  assert.deepEqual(read(`${'1'.repeat(38)}.5`), ['range: must not have more than 38 digits']);
  assert.deepEqual(read(0.1 + 0.2, { scale: 20 }), [
    'digits: must be sent as a string: a number keeps 15 digits only',
  ]);
});

test('values change their form only where none of their digits are lost', () => {
  const form = (scale: number) => ({ kind: 'decimal', scale }) as const;
  assert.equal(conversionBetween({ kind: 'integer' }, form(2)), 'widening');
  assert.equal(conversionBetween(form(2), { kind: 'integer' }), 'narrowing');
  assert.equal(conversionBetween(form(2), form(2)), 'same');
  assert.equal(conversionBetween(form(2), form(4)), 'widening');
  assert.equal(conversionBetween(form(4), form(2)), 'narrowing');
  assert.equal(conversionBetween(form(2), { kind: 'boolean' }), 'impossible');
  assert.equal(convertValue(7, { kind: 'integer' }, form(2)), '7.00');
  assert.equal(convertValue(0.1, { kind: 'number' }, form(2)), '0.10');
  assert.equal(convertValue(0.125, { kind: 'number' }, form(2)), null);
  assert.equal(convertValue('12.5', { kind: 'string' }, form(2)), '12.50');
  assert.equal(convertValue('12 EUR', { kind: 'string' }, form(2)), null);
  assert.equal(convertValue([1], { kind: 'json' }, form(2)), null);
  assert.equal(convertValue('12.50', form(2), form(4)), '12.5000');
  assert.equal(convertValue('12.5000', form(4), form(2)), '12.50');
  assert.equal(convertValue('12.5050', form(4), form(2)), null);
  assert.equal(convertValue('12.00', form(2), { kind: 'integer' }), 12);
  assert.equal(convertValue('12.50', form(2), { kind: 'integer' }), null);
  assert.equal(convertValue('9007199254740993.00', form(2), { kind: 'integer' }), null);
  assert.equal(convertValue('0.10', form(2), { kind: 'number' }), 0.1);
  assert.equal(convertValue('12345678901234567890.12', form(2), { kind: 'number' }), null);
  assert.equal(convertValue('12.50', form(2), { kind: 'string' }), '12.50');
});

test('others get a pattern and an example that fits', () => {
  const published = publishedSchema({ kind: 'decimal', schema });
  const { pattern, examples } = published as { pattern: string; examples: string[] };
  assert.equal(published.scale, undefined);
  assert.equal(published.minimum, undefined);
  assert.equal(published['x-exclusiveMaximum'], '1e20');
  for (const text of ['12.50', '-3', '0.5', examples[0] as string])
    assert.match(text, new RegExp(pattern, 'u'));
  for (const text of ['12.505', '+1', '007', '1e3', '']) assert.doesNotMatch(text, new RegExp(pattern, 'u'));
  assert.equal(exampleOf({ type: 'string', format: 'decimal', scale: 3, maximum: 1 }), '1.000');
});

test('JSON keeps the digits of numbers that a double does not hold', () => {
  const text =
    '{"a":12345678901234567890.12,"b":[0.1,0.10000000000000000001],"c":1e400,"d":{"a":5},"e":1e-400}';
  const value = parseJson(text) as { b: object; d: object };
  assert.deepEqual(value, JSON.parse(text));
  assert.equal(digitsOf(value, 'a'), '12345678901234567890.12');
  assert.equal(digitsOf(value, 'c'), '1e400');
  assert.equal(digitsOf(value, 'e'), '1e-400');
  assert.equal(digitsOf(value.b, '1'), '0.10000000000000000001');
  assert.equal(digitsOf(value.b, '0'), undefined);
  assert.equal(digitsOf(value.d, 'a'), undefined);
  const copy = { ...value };
  assert.equal(digitsOf(copy, 'a'), undefined);
  carryDigits(value, copy);
  assert.equal(digitsOf(copy, 'a'), '12345678901234567890.12');
  assert.throws(() => parseJson('{"a":12345678901234567890.12'), SyntaxError);
});

test('every number whose double would lose digits is kept, wherever it stands', () => {
  const numbers = fc.stringMatching(/^-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(numbers, fc.constantFrom('', ' ', '\n\t'), (source, space) => {
      const parsed = parseJson(`{"a":${space}${source},"b":[${source}]}`) as { a: number; b: object };
      const exact = parseDecimal(source);
      for (const kept of [digitsOf(parsed, 'a'), digitsOf(parsed.b, '0')]) {
        const isExact = parseDecimal(String(parsed.a)) === exact;
        assert.ok(kept === source || isExact, source);
      }
    }),
    { numRuns: 3_000 },
  );
});
