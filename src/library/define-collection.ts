import type { CollectionDefinition } from '#domain/collections/definition.ts';

/** Returns a definition unchanged, with completion and types for programs. Plinth checks it when it is used. */
export function defineCollection<const Definition extends CollectionDefinition>(
  definition: Definition,
): Definition {
  return definition;
}
