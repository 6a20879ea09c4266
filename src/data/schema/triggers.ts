import type { TableChange } from '#domain/collections/diff/steps.ts';
import type { Collection } from '#domain/collections/model.ts';
import type { Transaction } from '../database.ts';
import { execute } from './ddl.ts';
import type { TriggerDdl, TriggerDialect, TriggerShape } from './trigger-dialect.ts';

/** Drops the triggers before tables change: the rewriting of records by a change is not logged as changes of theirs. */
export async function dropTriggers(
  transaction: Transaction,
  triggers: TriggerDialect,
  changes: readonly TableChange[],
): Promise<void> {
  const tables = new Set(changes.flatMap((change) => (change.kind === 'create' ? [] : [change.before.name])));
  for (const trigger of await triggers.present(transaction)) {
    if (tables.has(trigger.table)) await execute(transaction, triggers.drop(trigger));
  }
}

/** Afterwards: makes the triggers that are missing, and drops those that nothing wants any more. */
export async function bringTriggersUpToDate(
  transaction: Transaction,
  triggers: TriggerDialect,
  collections: Iterable<Collection>,
  tracked: ReadonlySet<string>,
): Promise<void> {
  const missing = new Map(
    wantedBy(triggers, collections, tracked).map((trigger) => [keyOf(trigger), trigger]),
  );
  for (const trigger of await triggers.present(transaction)) {
    if (!missing.delete(keyOf(trigger))) await execute(transaction, triggers.drop(trigger));
  }
  for (const { create } of missing.values()) await execute(transaction, create);
}

/** A sentence for each trigger that a collection should have and has not. */
export function triggerDrift(
  triggers: TriggerDialect,
  collections: Iterable<Collection>,
  tracked: ReadonlySet<string>,
  present: readonly TriggerShape[],
): string[] {
  const there = new Set(present.map(keyOf));
  return wantedBy(triggers, collections, tracked)
    .filter((trigger) => !there.has(keyOf(trigger)))
    .map(({ name, table }) => `The trigger "${name}" of "${table}" is missing, switched off or another one.`);
}

function wantedBy(
  triggers: TriggerDialect,
  collections: Iterable<Collection>,
  tracked: ReadonlySet<string>,
): TriggerDdl[] {
  return [...collections].flatMap((collection) =>
    triggers.wanted(collection, { isTracked: tracked.has(collection.name) }),
  );
}

function keyOf({ table, name, definition }: TriggerShape): string {
  return JSON.stringify([table, name, definition]);
}
