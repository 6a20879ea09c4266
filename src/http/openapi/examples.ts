import { exampleOf } from '#domain/kinds/kinds.ts';
import type { Collection, Property } from '#domain/collections/model.ts';
import type { JsonObject } from './builders.ts';

/** An example body for POST: the required properties, and a few more. */
export function bodyExample(collection: Collection): JsonObject {
  const writable = writableOf(collection);
  const shown = writable.filter((property) => property.required);
  const chosen = shown.length > 0 ? shown : writable.slice(0, 1);
  return Object.fromEntries(chosen.map((property) => [property.name, valueOf(property)]));
}

/** A body for PATCH: one property. */
export function patchExample(collection: Collection): JsonObject {
  const [first] = writableOf(collection);
  return first === undefined ? {} : { [first.name]: valueOf(first) };
}

function writableOf(collection: Collection): readonly Property[] {
  return [...collection.properties.values()].filter(({ system, readOnly }) => !system && !readOnly);
}

function valueOf(property: Property): unknown {
  if (property.default !== undefined && property.default !== '$user') return property.default;
  return exampleOf(property.schema);
}
