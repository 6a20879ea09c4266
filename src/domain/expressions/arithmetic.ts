import type { JsonValue } from '#domain/json/value.ts';
import {
  compareDecimals,
  decimalArithmetic,
  negateDecimal,
  parseDecimal,
} from '#domain/kinds/decimal-arithmetic.ts';
import { timestampAt } from '#domain/kinds/timestamp.ts';
import type { ArithmeticOperator, Operator, TextFunction } from './tree.ts';
import type { Type } from './type.ts';

/**
 * The arithmetic that all back ends agree on. Ints: exact up to ±(2^53−1), null beyond; division cuts towards zero.
 * Doubles: IEEE 754 on magnitudes from 1e-150 to 1e150, so that no database meets an overflow: an operand nearer to
 * zero counts as zero, one farther away gives null. Division by zero is null.
 */
export const leastDouble = 1e-150;
export const greatestDouble = 1e150;

type Calculation<Value> = (left: Value, right: Value) => Value | null;
type Arithmetic = Calculation<number>;

const safe = (value: number): number | null => (Number.isSafeInteger(value) ? value + 0 : null);

const integerArithmetic: Readonly<Record<ArithmeticOperator, Arithmetic>> = {
  '+': (left, right) => safe(left + right),
  '-': (left, right) => safe(left - right),
  '*': (left, right) => safe(left * right),
  '/': (left, right) => (right === 0 ? null : safe(Math.trunc(left / right))),
  '%': (left, right) => (right === 0 ? null : safe(left % right)),
};

const operand = (value: number): number => (Math.abs(value) < leastDouble ? 0 : value);

const onDoubles =
  (calculate: Arithmetic): Arithmetic =>
  (left, right) => {
    if (Math.abs(left) > greatestDouble || Math.abs(right) > greatestDouble) return null;
    const result = calculate(operand(left), operand(right));
    return result === null ? null : result + 0;
  };

const doubleArithmetic: Readonly<Partial<Record<ArithmeticOperator, Arithmetic>>> = {
  '+': onDoubles((left, right) => left + right),
  '-': onDoubles((left, right) => left - right),
  '*': onDoubles((left, right) => left * right),
  '/': onDoubles((left, right) => (right === 0 ? null : left / right)),
};

/** A type of numbers, for the checker and for evaluation in memory. */
export interface NumberType<Value extends JsonValue = never> {
  /** The operators it has; a result out of range is null. */
  readonly arithmetic: Readonly<Partial<Record<ArithmeticOperator, Calculation<Value>>>>;
  readonly negate: (value: Value) => Value;
  readonly compare: (left: Value, right: Value) => number;
  /** An int as one of it; absent where ints do not become it. */
  readonly fromInt?: (int: number) => Value;
  /** The value of a written number, or of a text, beside a value of this kind; absent where it is not read as one. */
  readonly fromDigits?: (digits: string) => Value | undefined;
}

const doubles = {
  negate: (value: number) => 0 - value,
  compare: (left: number, right: number) => left - right,
};

const integers: NumberType<number> = { ...doubles, arithmetic: integerArithmetic };

const numbers = {
  int: integers,
  duration: integers,
  double: { ...doubles, arithmetic: doubleArithmetic, fromInt: (int) => int } satisfies NumberType<number>,
  decimal: {
    arithmetic: decimalArithmetic,
    negate: negateDecimal,
    compare: compareDecimals,
    fromInt: String,
    fromDigits: parseDecimal,
  } satisfies NumberType<string>,
};

export type NumberKind = keyof typeof numbers;

/** The types of numbers. A value of a type is only ever given to its own functions. */
export const numberTypes = numbers as unknown as Readonly<
  Record<NumberKind, NumberType<NonNullable<JsonValue>>>
>;

/** The type of numbers that a type is, if it is one. */
export function numberTypeOf({ kind }: Type): NumberType<NonNullable<JsonValue>> | undefined {
  return Object.hasOwn(numberTypes, kind) ? numberTypes[kind as NumberKind] : undefined;
}

/** The timestamp `durationMs` after another; null outside the years 0001 to 9999. */
export const shifted = (timestamp: string, durationMs: number): string | null =>
  timestampAt(Date.parse(timestamp) + durationMs);

export const between = (left: string, right: string): number => Date.parse(left) - Date.parse(right);

/** By code point, as UTF-8 bytes compare; JavaScript's own order is by UTF-16 unit. */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one !== other) return aboveSurrogates(one) - aboveSurrogates(other);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above every other unit. */
const aboveSurrogates = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** Code points. */
export function textLength(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xdc00 && unit <= 0xdfff) length--;
  }
  return length;
}

export const lowerAscii = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

export const textTests: Readonly<Record<TextFunction, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

/** The sign of a comparison for each operator. */
export const signTests: Readonly<Record<Operator, (sign: number) => boolean>> = {
  '<': (sign) => sign < 0,
  '<=': (sign) => sign <= 0,
  '>': (sign) => sign > 0,
  '>=': (sign) => sign >= 0,
};
