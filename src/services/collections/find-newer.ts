import type { DefinitionsInForce, Reader, Schema } from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { diffDefinitions } from '#domain/collections/diff/diff-definitions.ts';
import { isAdditive, isDestructive } from '#domain/collections/diff/steps.ts';

/**
 * What is in force, when these definitions were in force before it and it only adds to them. Where definitions are applied,
 * changes back that are safe are made: only what would be taken away stays.
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
