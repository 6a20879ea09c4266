import { isReadable } from '#domain/expressions/shape.ts';
import type { Collection, Model, Property } from '#domain/collections/model.ts';
import { nearMiss } from '#domain/near-miss.ts';
import { invalidQuery, unknownName } from './invalid-query.ts';

/** Every property a collection may have, and repetitions. */
const fieldsMax = 500;

/** The collection that a query is about, in its model. `admin` lets private properties be named. */
export interface QueryScope {
  readonly model: Model;
  readonly collection: Collection;
  readonly admin: boolean;
}

/**
 * The property of that name. Throws `invalid_query` in the same words for one that is not declared and for one that
 * this caller may not read; the near miss is a visible name.
 */
export function visibleProperty(
  name: string,
  scope: { readonly collection: Collection; readonly admin: boolean },
  place: { readonly parameter: string; readonly position: number },
): Property {
  const { collection, admin } = scope;
  const property = collection.properties.get(name);
  if (property !== undefined && isReadable(property, admin)) return property;
  const visible = [...collection.properties.values()].filter((each) => isReadable(each, admin));
  const hint = nearMiss(
    name,
    visible.map((each) => each.name),
  );
  throw invalidQuery(place.parameter, unknownName(name, collection.name, hint), place.position);
}

export interface ListPart {
  readonly text: string;
  /** Offset in the parameter's value. */
  readonly position: number;
}

/** Splits `a,b` into its parts with their places. Throws `invalid_query` for an empty part and for more than `max`. */
export function splitList(value: string, separator: string, parameter: string, max: number): ListPart[] {
  const parts: ListPart[] = [];
  let position = 0;
  for (const text of value.split(separator, max + 1)) {
    if (text === '') throw invalidQuery(parameter, `A name is missing in ${parameter}.`, position);
    parts.push({ text, position });
    position += text.length + separator.length;
  }
  const [tooMany] = parts.slice(max);
  if (tooMany !== undefined)
    throw invalidQuery(parameter, `At most ${max} names fit in ${parameter}.`, tooMany.position);
  return parts;
}

/** `title,status`: names of properties the caller may read. `id` is always returned, named or not. */
export function parseFields(value: string, scope: QueryScope): ReadonlySet<string> {
  const names = splitList(value, ',', 'fields', fieldsMax).map(
    ({ text, position }) => visibleProperty(text, scope, { parameter: 'fields', position }).name,
  );
  return new Set(['id', ...names]);
}
