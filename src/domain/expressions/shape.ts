import type { KindName, ValueForm } from '#domain/kinds/kind.ts';

/**
 * The parts of a collection that expressions need. A `Model`'s collections fit, and so do collections that are still
 * being checked. Declared here, and not taken from the model, because the model holds expressions.
 */

export interface PropertyShape extends ValueForm {
  readonly name: string;
  /** Never null in a stored record. */
  readonly required: boolean;
  readonly private: boolean;
  readonly writeOnly: boolean;
  readonly reference?: { readonly collection: string };
  /** For a json property that is an array of one scalar kind. */
  readonly items?: KindName;
}

/**
 * Whether a property exists for a caller who reads: private ones are there for admins only, writeOnly ones for nobody.
 * One that does not is treated in queries exactly like a name that was never declared.
 */
export function isReadable(property: Pick<PropertyShape, 'private' | 'writeOnly'>, admin: boolean): boolean {
  return !property.writeOnly && (admin || !property.private);
}

export interface CollectionShape {
  readonly properties: ReadonlyMap<string, PropertyShape>;
}

/** All collections by name, `users` included. */
export type Shapes = ReadonlyMap<string, CollectionShape>;
