import { compareKeys } from '#domain/json/canonical.ts';
import { setOwn, type JsonValue } from '#domain/json/value.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import { pointerTo, report } from '../field-errors.ts';

const depthMax = 32;
const valuesMax = 20_000;

/** The number of values that a body may still hold, shared by all its properties. */
export interface Allowance {
  values: number;
}

/** The allowance of one body: `valuesMax` values. */
export function fullAllowance(): Allowance {
  return { values: valuesMax };
}

/**
 * A copy of a JSON value as both databases keep it: object keys in jsonb's order, -0 as 0. Values that cannot be
 * kept are reported: NUL and lone surrogates, numbers beyond a double's range, nesting and numbers of values without bound.
 */
export function normalise(
  value: unknown,
  pointer: string,
  errors: FieldError[],
  allowance: Allowance,
): JsonValue {
  return walk(value, pointer, 1);

  function walk(part: unknown, at: string, depth: number): JsonValue {
    if (depth > depthMax) {
      report(errors, at, 'depth', `must not be nested more than ${depthMax} deep`);
      return null;
    }
    if (allowance.values === 0) return spent(at);
    if (allowance.values < 0) return null;
    allowance.values--;
    if (part === null) return null;
    if (typeof part === 'boolean') return part;
    if (typeof part === 'string') return text(part, at);
    if (typeof part === 'number') return number(part, at);
    if (Array.isArray(part)) return part.map((item, index) => walk(item, `${at}/${index}`, depth + 1));
    if (typeof part === 'object') return object(part, at, depth);
    report(errors, at, 'type', 'must be a JSON value');
    return null;
  }

  /** Reports it once, and leaves no room for anything else. */
  function spent(at: string): null {
    if (allowance.values >= 0)
      report(errors, at, 'size', `the body must not hold more than ${valuesMax} values`);
    allowance.values = -1;
    return null;
  }

  function text(part: string, at: string): string {
    if (part.isWellFormed() && !part.includes('\0')) return part;
    report(errors, at, 'characters', 'must not contain NUL or half a surrogate pair');
    return '';
  }

  function number(part: number, at: string): number {
    if (Number.isFinite(part)) return part + 0;
    report(errors, at, 'range', 'must be within the range of a double');
    return 0;
  }

  function object(part: object, at: string, depth: number): JsonValue {
    const copy: Record<string, JsonValue> = {};
    const keys = Object.keys(part);
    // Too many to be kept are not sorted either.
    if (keys.length > valuesMax) return spent(at);
    for (const key of keys.toSorted(compareKeys)) {
      const place = pointerTo(at, key);
      text(key, place);
      setOwn(copy, key, walk((part as Record<string, unknown>)[key], place, depth + 1));
    }
    return copy;
  }
}
