import { isDate, midnight } from '#domain/kinds/date.ts';
import { parseTimestamp } from '#domain/kinds/timestamp.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { PropertyKind } from './model.ts';

/**
 * What a change of kind does to the values that are there. Widening: every value is kept, in the new form. Narrowing:
 * those that have an exact counterpart are kept. Impossible: none has.
 */
export type Conversion = 'same' | 'widening' | 'narrowing' | 'impossible';

type Convert = (value: JsonValue) => JsonValue;

/** A value that is not there in the new form. */
const lost = null;

const asIs: Convert = (value) => value;

/** Lossless changes. All scalars can become text, and everything is JSON. */
const widenings: Readonly<Record<string, Convert>> = {
  'integer→number': asIs,
  'date→timestamp': (value) => midnight(value as string),
  'integer→string': String,
  'number→string': String,
  'boolean→string': String,
  'date→string': asIs,
  'timestamp→string': asIs,
  'reference→string': asIs,
  'string→json': asIs,
  'integer→json': asIs,
  'number→json': asIs,
  'boolean→json': asIs,
  'date→json': asIs,
  'timestamp→json': asIs,
  'reference→json': asIs,
};

const narrowings: Readonly<Record<string, Convert>> = {
  'number→integer': integerOf,
  'timestamp→date': (value) => (value as string).slice(0, 10),
  'string→integer': (value) => integerOf(numberIn(value)),
  'string→number': numberIn,
  'string→boolean': (value) => (value === 'true' ? true : value === 'false' ? false : lost),
  'string→date': dateIn,
  'string→timestamp': timestampIn,
  'string→reference': uuidIn,
  'json→string': (value) => (typeof value === 'string' ? value : lost),
  'json→integer': integerOf,
  'json→number': (value) => (typeof value === 'number' ? value : lost),
  'json→boolean': (value) => (typeof value === 'boolean' ? value : lost),
  'json→date': dateIn,
  'json→timestamp': timestampIn,
  'json→reference': uuidIn,
};

export function conversionBetween(before: PropertyKind, after: PropertyKind): Conversion {
  if (before === after) return 'same';
  const change = `${before}→${after}`;
  if (Object.hasOwn(widenings, change)) return 'widening';
  return Object.hasOwn(narrowings, change) ? 'narrowing' : 'impossible';
}

/** The value in its new form, null when it has none. A reference may still lead nowhere. */
export function convertValue(value: JsonValue, before: PropertyKind, after: PropertyKind): JsonValue {
  if (value === null || before === after) return value;
  const change = `${before}→${after}`;
  const convert = widenings[change] ?? narrowings[change];
  return convert === undefined ? lost : convert(value);
}

function integerOf(value: JsonValue): JsonValue {
  return Number.isSafeInteger(value) ? value : lost;
}

function numberIn(value: JsonValue): number | null {
  if (typeof value !== 'string' || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return lost;
  const number = Number(value);
  // -0 is stored as 0.
  return Number.isFinite(number) ? number + 0 : lost;
}

function dateIn(value: JsonValue): string | null {
  return typeof value === 'string' && isDate(value) ? value : lost;
}

function timestampIn(value: JsonValue): string | null {
  return typeof value === 'string' ? (parseTimestamp(value) ?? lost) : lost;
}

function uuidIn(value: JsonValue): string | null {
  return typeof value === 'string' ? (parseUuid(value) ?? lost) : lost;
}
