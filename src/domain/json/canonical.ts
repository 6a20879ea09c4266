import { isObject, type JsonObject, type JsonValue } from './value.ts';

/** PostgreSQL's jsonb keeps the keys of an object by their length in UTF-8, then by bytes; so does every stored value. */
export function compareKeys(left: string, right: string): number {
  const byLength = Buffer.byteLength(left) - Buffer.byteLength(right);
  return byLength === 0 ? Buffer.compare(Buffer.from(left), Buffer.from(right)) : byLength;
}

/** The one form of a value that both databases keep: keys in the order of `compareKeys`, 0 for -0. */
export function canonicalJson(value: JsonValue): JsonValue {
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(canonicalJson);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => compareKeys(left, right));
  return Object.fromEntries(entries.map(([key, part]) => [key, canonicalJson(part)]));
}

/** Equality of JSON values; the order of an object's members is no difference. */
export function isSameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, index) => isSameJson(item, right[index]))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSameJson(left[key], right[key]))
  );
}

/** The members in which two objects differ, those of `before` first; a member that is undefined counts as absent. */
export function changedKeys(before: JsonObject, after: JsonObject): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => !isSameJson(before[key], after[key]));
}
