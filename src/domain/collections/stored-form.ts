import { convertValue } from './conversion.ts';
import type { JsonValue } from './definition.ts';
import type { PropertyKind } from './model.ts';

/** A default as a record keeps it: times in UTC, keys of objects in the order of PostgreSQL's jsonb, 0 for -0. */
export function storedForm(value: JsonValue, kind: PropertyKind): JsonValue {
  if (kind === 'timestamp') return convertValue(value, 'string', 'timestamp');
  return inJsonbOrder(value);
}

function inJsonbOrder(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value + 0;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(inJsonbOrder);
  const entries = Object.entries(value).toSorted(([left], [right]) => byLengthThenBytes(left, right));
  return Object.fromEntries(entries.map(([key, part]) => [key, inJsonbOrder(part)]));
}

function byLengthThenBytes(left: string, right: string): number {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length - b.length || Buffer.compare(a, b);
}
