import type { JsonValue } from '#domain/json/value.ts';
import type { Type } from './type.ts';

/** A json value as one type: null where it is something else. */
export const readers = {
  string: (value: JsonValue): JsonValue => (typeof value === 'string' ? value : null),
  double: (value: JsonValue): JsonValue => (typeof value === 'number' ? value : null),
  bool: (value: JsonValue): JsonValue => (typeof value === 'boolean' ? value : null),
  int: (value: JsonValue): JsonValue => (Number.isSafeInteger(value) ? value : null),
};

/** How the elements of a list are read; those of a literal list are what they are. */
export function elementReader(list: Type): (value: JsonValue) => JsonValue {
  const kind = list.kind === 'list' ? list.of.kind : 'null';
  return kind in readers ? readers[kind as keyof typeof readers] : (value) => value;
}
