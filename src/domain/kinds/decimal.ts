import type { JsonObject, JsonValue } from '#domain/json/value.ts';
import {
  compareDecimals,
  isMultiple,
  parseDecimal,
  scaleOf,
  significantDigits,
  withoutScale,
  withScale,
} from './decimal-arithmetic.ts';
import { asItIs, narrowing, widening, type Conversion, type Kind, type Refuse } from './kind.ts';

/** Digits of a value that count: zeros at either end do not. */
export const decimalDigitsMax = 38;

/** A number as JSON writes it (RFC 8259, 6), however many digits it has: without zeros before it. */
const written = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A double holds every decimal of so many digits, and gives it back. */
const exactDigitsMax = 15;

/**
 * An exact decimal: `{ "type": "string", "format": "decimal", "scale": 2 }`. A text with as many digits after the point as
 * `scale` says. Bodies may hold it as a number too, of which the digits are read, not the double.
 */
export const decimalKind: Kind = {
  format: 'decimal',
  isDeclaredBy: (type, format) => type === 'string' && format === 'decimal',
  inExpressions: (value) => withoutScale(value as string),
  type: 'decimal',
  elementType: 'string',
  accepts: ['string', 'number'],
  readsDigits: true,
  hasOrder: true,
  settings: ({ scale }) => ({ scale: scale as number }),
  read(value, refuse, schema) {
    if (typeof value !== 'string' && typeof value !== 'number') return value;
    const decimal = decimalIn(value, refuse, schema.scale as number);
    if (decimal === undefined) return undefined;
    return isWithinBounds(decimal, refuse, schema) ? withScale(decimal, schema.scale as number) : undefined;
  },
  fromCell: (cell) =>
    cell === ''
      ? null
      : cell
          .trim()
          .replace(/^\+/, '')
          .replace(/^(-?)\./, '$10.')
          .replace(/\.$/, ''),
  example: exampleFor,
  from: {
    integer: widening(converted),
    number: narrowing(converted),
    string: narrowing(converted),
    json: narrowing(converted),
  },
  to: {
    string: widening(asItIs),
    json: widening(asItIs),
    integer: narrowing((value) => {
      const number = Number(value);
      return Number.isSafeInteger(number) && String(number) === withoutScale(value as string) ? number : null;
    }),
    number: narrowing((value) => {
      const number = Number(value);
      return parseDecimal(String(number)) === withoutScale(value as string) ? number + 0 : null;
    }),
  },
  within(before, after): Conversion | undefined {
    if (before.scale === after.scale) return undefined;
    return (after.scale as number) > (before.scale as number) ? widening(converted) : narrowing(converted);
  },
  label: ({ scale }) => `decimal (scale ${scale})`,
  keywords: {
    type: () => undefined,
    format: () => undefined,
    scale: (value) =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) <= decimalDigitsMax
        ? undefined
        : `must be the number of digits after the point, 0 to ${decimalDigitsMax}`,
    minimum: wrongBound,
    maximum: wrongBound,
    exclusiveMinimum: wrongBound,
    exclusiveMaximum: wrongBound,
    multipleOf: (value) =>
      wrongBound(value) ??
      (compareDecimals(boundOf(value) as string, '0') > 0 ? undefined : 'must be above 0'),
  },
  misfit(definition) {
    if (definition.scale === undefined) return 'needs "scale": how many digits a value has after the point';
    const ranges = [
      ['minimum', 'maximum'],
      ['exclusiveMinimum', 'exclusiveMaximum'],
    ] as const;
    const empty = ranges.find(([low, high]) => {
      const [from, to] = [boundOf(definition[low]), boundOf(definition[high])];
      return from !== undefined && to !== undefined && compareDecimals(from, to) > 0;
    });
    return empty && `has a ${empty[0]} above its ${empty[1]}`;
  },
  published(declared) {
    const { scale, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, ...schema } = declared;
    const fraction = scale === 0 ? '' : `(\\.\\d{1,${String(scale)}})?`;
    const given = Object.entries({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf });
    const extensions = given.filter(([, bound]) => bound !== undefined);
    return {
      examples: [exampleFor(declared)],
      ...schema,
      pattern: `^-?(0|[1-9]\\d{0,${decimalDigitsMax - 1}})${fraction}$`,
      ...Object.fromEntries(extensions.map(([name, bound]) => [`x-${name}`, String(bound)])),
    };
  },
};

/** The decimal of a text or number of a body; undefined after `refuse`. */
function decimalIn(value: string | number, refuse: Refuse, scale: number): string | undefined {
  if (typeof value === 'number' && significantDigits(parseDecimal(String(value)) ?? '') > exactDigitsMax)
    return refuse('digits', `must be sent as a string: a number keeps ${exactDigitsMax} digits only`);
  const decimal = parseDecimal(String(value));
  if (decimal === undefined && typeof value === 'string' && !written.test(value))
    return refuse('format', 'must be a decimal such as "12.50"');
  if (decimal === undefined || significantDigits(decimal) > decimalDigitsMax)
    return refuse('range', `must not have more than ${decimalDigitsMax} digits`);
  if (scaleOf(decimal) <= scale) return decimal;
  const digits = scale === 1 ? '1 digit' : `${scale} digits`;
  return refuse('scale', `must not have more than ${digits} after the point: nothing is rounded`);
}

function isWithinBounds(decimal: string, refuse: Refuse, schema: JsonObject): boolean {
  let isWithin = true;
  for (const [keyword, { holds, words }] of Object.entries(bounds)) {
    const bound = boundOf(schema[keyword]);
    if (bound === undefined || holds(decimal, bound)) continue;
    refuse(keyword, `must be ${words} ${bound}`);
    isWithin = false;
  }
  return isWithin;
}

type Holds = (decimal: string, bound: string) => boolean;

/** In the words of the validator of other numbers. */
const bounds: Readonly<Record<string, { readonly holds: Holds; readonly words: string }>> = {
  minimum: { holds: (decimal, bound) => compareDecimals(decimal, bound) >= 0, words: '>=' },
  maximum: { holds: (decimal, bound) => compareDecimals(decimal, bound) <= 0, words: '<=' },
  exclusiveMinimum: { holds: (decimal, bound) => compareDecimals(decimal, bound) > 0, words: '>' },
  exclusiveMaximum: { holds: (decimal, bound) => compareDecimals(decimal, bound) < 0, words: '<' },
  multipleOf: { holds: isMultiple, words: 'multiple of' },
};

/** A bound as it stands in a definition: a number, or a text where a double would not do. */
function boundOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseDecimal(String(value)) : undefined;
}

function wrongBound(value: unknown): string | undefined {
  const bound = boundOf(value);
  if (bound === undefined) return 'must be a number, or a decimal as a text';
  const isLost = typeof value === 'number' && significantDigits(bound) > exactDigitsMax;
  return isLost ? `must be written as a text: a number keeps ${exactDigitsMax} digits only` : undefined;
}

function converted(value: JsonValue, after: { readonly scale?: number }): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const decimal = parseDecimal(String(value));
  const { scale = 0 } = after;
  if (decimal === undefined || scaleOf(decimal) > scale || significantDigits(decimal) > decimalDigitsMax)
    return null;
  return withScale(decimal, scale);
}

function exampleFor(schema: JsonObject): string {
  const scale = schema.scale as number;
  const candidates = [
    '12.5',
    '12',
    ...Object.keys(bounds).flatMap((keyword) => boundOf(schema[keyword]) ?? []),
  ];
  const fitting = candidates.find(
    (decimal) => scaleOf(decimal) <= scale && isWithinBounds(decimal, () => undefined, schema),
  );
  return withScale(fitting ?? '0', scale);
}
