import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildCollection } from '#domain/collections/build.ts';
import type { PropertyDefinition } from '#domain/collections/definition.ts';
import { inProperty } from './mistakes.ts';

const decimal = (more: object = {}): PropertyDefinition => ({
  type: 'string',
  format: 'decimal',
  scale: 2,
  ...more,
});

test('a decimal may have bounds, as numbers or as texts, and a default', () => {
  const right = [
    decimal(),
    decimal({ scale: 0 }),
    decimal({ scale: 38, type: ['string', 'null'] }),
    decimal({ minimum: -0.5, maximum: '12345678901234567890.12', multipleOf: '0.05' }),
    decimal({ exclusiveMinimum: 0, exclusiveMaximum: 1e6, default: 9.99 }),
    decimal({ default: '12345678901234567890.12', unique: true, readOnly: true, description: 'Money' }),
    decimal({ title: 'T', $comment: 'C', deprecated: true, examples: ['1.00'], private: true }),
  ];
  for (const property of right) assert.deepEqual(inProperty(property), [''], JSON.stringify(property));
});

test('what a decimal cannot be is a mistake with its place', () => {
  const wrong: [PropertyDefinition, string][] = [
    [{ type: 'string', format: 'decimal' }, ': needs "scale": how many digits a value has after the point'],
    [decimal({ scale: 39 }), '/scale: must be the number of digits after the point, 0 to 38'],
    [decimal({ scale: '2' }), '/scale: must be the number of digits after the point, 0 to 38'],
    [decimal({ maxLength: 5 }), '/maxLength: has no place in a decimal'],
    [decimal({ enum: ['1.00'] }), '/enum: has no place in a decimal'],
    [decimal({ pattern: '^1' }), '/pattern: has no place in a decimal'],
    [decimal({ minimun: 1 }), '/minimun: unknown keyword "minimun" (did you mean "minimum"?)'],
    [decimal({ minimum: 'much' }), '/minimum: must be a number, or a decimal as a text'],
    [decimal({ minimum: 0.1 + 0.2 }), '/minimum: must be written as a text: a number keeps 15 digits only'],
    [decimal({ multipleOf: 0 }), '/multipleOf: must be above 0'],
    [decimal({ minimum: 2, maximum: '1.99' }), ': has a minimum above its maximum'],
    [
      decimal({ default: 1.005 }),
      '/default: is not a value of this property: must not have more than 2 digits after the point: nothing is rounded',
    ],
    [decimal({ default: 1, minimum: 2 }), '/default: is not a value of this property: must be >= 2'],
    [decimal({ default: true }), '/default: is not a value of this property: must be string'],
    [
      { type: ['string', 'number'], format: 'decimal' },
      '/format: is for a property of type "string"; inside arrays and objects a pattern says as much',
    ],
    [
      { type: 'array', items: { type: 'string', format: 'decimal' } },
      '/items/format: is for a property of type "string"; inside arrays and objects a pattern says as much',
    ],
    [{ type: 'string', format: 'decimall' }, '/format: unknown format "decimall" (did you mean "decimal"?)'],
    [{ type: 'string', scale: 2 }, '/scale: unknown keyword "scale"'],
  ];
  for (const [property, mistake] of wrong)
    assert.deepEqual(inProperty(property), [`/properties/a${mistake}`], JSON.stringify(property));
});

test('the model of a decimal has its scale, and its default in stored form', () => {
  const { properties } = buildCollection({ name: 'things', properties: { a: decimal({ default: 9.9 }) } });
  const { kind, scale, default: value } = properties.get('a') ?? {};
  assert.deepEqual([kind, scale, value], ['decimal', 2, '9.90']);
});
