import type { Collection, Property } from '#domain/collections/model.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { Problem } from '#domain/errors/problem.ts';
import { nearMiss } from '#domain/near-miss.ts';

/**
 * The properties of the key that rows are matched by. Throws `invalid_import` unless they are `id` or exactly those of a
 * unique index: a key must never belong to two records.
 */
export function keyProperties(collection: Collection, names: readonly string[]): readonly Property[] {
  const properties = names.map((name) => {
    const property = collection.properties.get(name);
    if (property !== undefined) return property;
    const near = nearMiss(name, collection.properties.keys());
    const meant = near === undefined ? '' : `; did you mean ${near}?`;
    throw new Problem('invalid_import', {
      detail: `The key "${name}" is no property of ${collection.name}${meant}`,
    });
  });
  const isId = names.length === 1 && names[0] === 'id';
  const wanted = new Set(names);
  const isUnique = collection.indexes.some(
    (index) =>
      index.unique &&
      wanted.size === index.properties.length &&
      index.properties.every((name) => wanted.has(name)),
  );
  if (isId || isUnique) return properties;
  throw new Problem('invalid_import', {
    detail: `${collection.name} may hold several records with the same ${names.join(' and ')}, so it cannot be the key. ${uniqueKeys(collection)}`,
  });
}

function uniqueKeys(collection: Collection): string {
  const keys = collection.indexes
    .filter(({ unique }) => unique)
    .map(({ properties }) => properties.join(','));
  return keys.length === 0
    ? 'Give the collection a unique index first.'
    : `These can: id${keys.map((key) => `, ${key}`).join('')}.`;
}

/** A value in its stored form, for comparison; undefined for one that no record can have. */
export function storedForm(property: Property, value: unknown): JsonValue | undefined {
  const { accepts, hasOrder, read } = kinds[property.kind];
  if (!hasOrder || !accepts.includes(typeof value) || !isStorable(value)) return undefined;
  return read === undefined
    ? (value as JsonValue)
    : read(value as JsonValue, () => undefined, property.schema);
}

function isStorable(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'));
}

/** A key as text, equal for equal keys: for maps in memory. */
export function keyText(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : JSON.stringify(values);
}
