import type { CollectionDefinition } from '#domain/collections/definition.ts';

/** A collection as it is, with completion and types for those who write it in a program. It is checked when it is used. */
export function defineCollection<const Definition extends CollectionDefinition>(
  definition: Definition,
): Definition {
  return definition;
}
