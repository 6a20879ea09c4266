import type { StoredSchema, TableShape } from '#data/index.ts';

/** Stand-in. */
export function findDrift(
  _stored: StoredSchema,
  _tables: readonly TableShape[],
  _types: Readonly<Record<string, string>>,
): readonly string[] {
  return [];
}
