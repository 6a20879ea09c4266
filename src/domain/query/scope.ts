import { isReadable } from '#domain/expressions/shape.ts';
import type { Collection, Model, Property } from '#domain/collections/model.ts';
import { nearMiss } from '#domain/near-miss.ts';
import { invalidQuery, unknownName } from './invalid-query.ts';

/** What a query is about, and for whom: admins see private properties. */
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
