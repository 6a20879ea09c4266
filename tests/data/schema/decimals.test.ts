import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PropertyDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { define, definitions, lines, Living } from './fixture.ts';

const decimal = (scale: number, more: object = {}): PropertyDefinition => ({
  type: 'string',
  format: 'decimal',
  scale,
  ...more,
});

eachDatabase((database) => {
  test('an integer becomes a decimal, and one with more digits, and no value is lost', async () => {
    const living = await Living.on(database, define('things', { a: { type: 'integer' } }));
    const values = [9007199254740991, -9007199254740991, 0, 12, null];
    await living.insert(
      'things',
      values.map((a) => ({ a })),
    );
    const asDecimals = values.map((value) => value && `${value}.00`).with(2, '0.00');
    assert.deepEqual(lines(await living.apply(define('things', { a: decimal(2) }))), [
      'things: change property "a" from integer to decimal (scale 2)',
    ]);
    assert.deepEqual(await living.values('things', 'a'), asDecimals);
    assert.deepEqual(lines(await living.apply(define('things', { a: decimal(4, { unique: true }) }))), [
      'things: change property "a" from decimal (scale 2) to decimal (scale 4)',
      'things: add unique index on "a"',
    ]);
    assert.deepEqual(
      await living.values('things', 'a'),
      asDecimals.map((value) => value && `${value}00`),
    );
  });

  test('fewer digits and integers are narrower: values with an exact counterpart are kept', async () => {
    const living = await Living.on(database, define('things', { a: decimal(4), b: decimal(2) }));
    const rows: [string, string][] = [
      ['12.5000', '12.00'],
      ['12.5050', '12.50'],
      ['-0.0100', '9007199254740992.00'],
    ];
    await living.insert(
      'things',
      rows.map(([a, b]) => ({ a, b })),
    );
    const narrower = define('things', { a: decimal(2), b: { type: 'integer' } });
    await assert.rejects(
      living.service.apply(definitions(narrower)),
      /change property "a" from decimal \(scale 4\) to decimal \(scale 2\): 1 record holds a value that cannot be converted/,
    );
    const steps = await living.apply(narrower);
    assert.deepEqual(
      steps.map(({ destructive }) => destructive),
      [true, true],
    );
    assert.deepEqual(await living.values('things', 'a'), ['12.50', null, '-0.01']);
    assert.deepEqual(await living.values('things', 'b'), [12, null, null]);
  });

  test('text and JSON become decimals where they are such numbers, and back', async () => {
    const living = await Living.on(database, define('things', { a: { type: 'string' }, b: {} }));
    await living.insert('things', [
      { a: '12345678901234567890.12', b: 12.5 },
      { a: '12,50', b: '0.10' },
      { a: '1e2', b: [1] },
    ]);
    await living.apply(define('things', { a: decimal(2), b: decimal(2) }));
    assert.deepEqual(await living.values('things', 'a'), ['12345678901234567890.12', null, '100.00']);
    assert.deepEqual(await living.values('things', 'b'), ['12.50', '0.10', null]);
    const steps = await living.apply(define('things', { a: { type: 'string' }, b: {} }));
    assert.deepEqual(
      steps.map(({ destructive }) => destructive),
      [false, false],
    );
    assert.deepEqual(await living.values('things', 'a'), ['12345678901234567890.12', null, '100.00']);
    assert.deepEqual(await living.values('things', 'b'), ['12.50', '0.10', null]);
  });

  test('records that are there get the default, and a bound applies to new writes', async () => {
    const living = await Living.on(database, define('things', { a: { type: 'string' } }));
    await living.insert('things', [{ a: 'x' }]);
    const price = (more: object) =>
      define(
        'things',
        { a: { type: 'string' }, price: decimal(2, { default: 9.9, ...more }) },
        { required: ['price'] },
      );
    await living.apply(price({}));
    assert.deepEqual(await living.values('things', 'price'), ['9.90']);
    assert.deepEqual(lines(await living.apply(price({ minimum: '0.01' }))), [
      'things: change the validation of "price" (minimum): applies to new writes; 1 existing record is not touched',
    ]);
  });
});
