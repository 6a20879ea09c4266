import { canonicalJson } from '#domain/json/canonical.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { convertValue } from './conversion.ts';
import type { PropertyKind } from './model.ts';

/** A default as a record keeps it: times in UTC, everything else in canonical form. */
export function storedForm(value: JsonValue, kind: PropertyKind): JsonValue {
  return kind === 'timestamp' ? convertValue(value, 'string', 'timestamp') : canonicalJson(value);
}
