import { buildCollection } from '../build.ts';
import type { CollectionDefinition } from '../definition.ts';
import { diffProperty } from './diff-property.ts';
import { columnChanges } from './column-changes.ts';
import { diffIndexes } from './diff-indexes.ts';
import type { Collection } from '../model.ts';
import { changesTable, type ColumnChange, type SchemaChange, type Step, type TableChange } from './steps.ts';
import { changedKeys } from '#domain/json/canonical.ts';

/**
 * The change from the definitions that were applied last to new ones (checked, `users` included). Pure. Empty when there
 * is nothing to do: a `was` that has been carried out, and the order of properties, are no differences.
 */
export function diffDefinitions(
  stored: readonly CollectionDefinition[],
  wanted: readonly CollectionDefinition[],
): SchemaChange {
  const before = collectionsOf(stored);
  const after = collectionsOf(wanted);
  const formerNames = new Map<string, string>();
  for (const collection of after.values()) {
    const former = formerNameOf(collection, before, after);
    if (former !== undefined) formerNames.set(collection.name, former);
  }
  const kept = new Set(formerNames.values());
  const steps: Step[] = [];
  const tables: TableChange[] = [];
  for (const collection of after.values()) {
    const former = before.get(formerNames.get(collection.name) ?? '');
    if (former === undefined) {
      steps.push({ kind: 'addCollection', collection: collection.name });
      tables.push({ kind: 'create', after: collection });
      continue;
    }
    const columns = columnChanges(former, collection, formerNames);
    const own = diffCollection(former, collection, columns);
    if (own.length > 0) {
      const changes = own.some(changesTable);
      tables.push({ kind: 'alter', before: former, after: collection, changesTable: changes, columns });
    }
    steps.push(...own);
  }
  for (const collection of before.values()) {
    if (kept.has(collection.name)) continue;
    steps.push({ kind: 'removeCollection', collection: collection.name });
    tables.push({ kind: 'drop', before: collection });
  }
  return { steps, tables };
}

function collectionsOf(definitions: readonly CollectionDefinition[]): Map<string, Collection> {
  return new Map(definitions.map((definition) => [definition.name, buildCollection(definition)]));
}

function formerNameOf(
  collection: Collection,
  before: ReadonlyMap<string, Collection>,
  after: ReadonlyMap<string, Collection>,
): string | undefined {
  if (before.has(collection.name)) return collection.name;
  const { was } = collection.definition;
  return was !== undefined && before.has(was) && !after.has(was) ? was : undefined;
}

function diffCollection(before: Collection, after: Collection, columns: readonly ColumnChange[]): Step[] {
  const collection = after.name;
  const steps: Step[] = [];
  if (before.name !== after.name) steps.push({ kind: 'renameCollection', collection, from: before.name });
  for (const column of columns) steps.push(...diffProperty(collection, column));
  steps.push(...diffIndexes(before, after, columns));
  if (searched(before, columns).join() !== after.search.join()) {
    steps.push({ kind: 'changeSearch', collection, properties: after.search });
  }
  const rules = changedKeys(before.definition.rules ?? {}, after.definition.rules ?? {});
  if (rules.length > 0) steps.push({ kind: 'changeRules', collection, rules });
  const keywords = changedKeys(settingsOf(before.definition), settingsOf(after.definition));
  if (keywords.length > 0) steps.push({ kind: 'changeSettings', collection, keywords });
  return steps;
}

/** The searched properties of the old definition, under their new names; a removed property is `-`. */
function searched(before: Collection, columns: readonly ColumnChange[]): string[] {
  return before.search.map(
    (name) => columns.find((column) => column.before?.name === name)?.after?.name ?? '-',
  );
}

function settingsOf(definition: CollectionDefinition): Readonly<Record<string, unknown>> {
  const { description, requireIfMatch = false, cache, changes = true } = definition;
  return { description, requireIfMatch, cache, changes };
}
