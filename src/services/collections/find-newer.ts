import type { DefinitionsInForce, Reader, Schema } from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { diffDefinitions } from '#domain/collections/diff/diff-definitions.ts';
import { isAdditive, isDestructive } from '#domain/collections/diff/steps.ts';

/**
 * The definitions in force, if the given ones were in force before them and they only add to those; else undefined.
 * Where definitions are applied, safe changes back are made: definitions stay only if the way back would lose data.
 */
export async function findNewer(
  schema: Schema,
  reader: Reader,
  definitions: readonly CollectionDefinition[],
  { applies }: { readonly applies: boolean },
): Promise<DefinitionsInForce | undefined> {
  const stored = await schema.stored(reader);
  if (!stored.current) return undefined;
  const { steps: back } = diffDefinitions(stored.definitions, definitions);
  const wouldBeDone = applies ? !back.some(isDestructive) : back.length === 0;
  if (wouldBeDone || !(await schema.wereInForce(reader, definitions))) return undefined;
  const { steps: forth } = diffDefinitions(definitions, stored.definitions);
  return forth.every(isAdditive) ? stored : undefined;
}
