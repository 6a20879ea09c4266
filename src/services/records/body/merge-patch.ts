import { isObject, setOwn, type JsonValue } from '#domain/json/value.ts';

/** Applies a JSON Merge Patch (RFC 7396, section 2): objects merge, null removes a member, everything else replaces. */
export function mergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged: Record<string, JsonValue> = {};
  if (isObject(target)) for (const key of Object.keys(target)) setOwn(merged, key, target[key] as JsonValue);
  for (const key of Object.keys(patch)) {
    const value = patch[key] as JsonValue;
    if (value === null) delete merged[key];
    else
      setOwn(merged, key, mergePatch(Object.hasOwn(merged, key) ? (merged[key] as JsonValue) : null, value));
  }
  return merged;
}
