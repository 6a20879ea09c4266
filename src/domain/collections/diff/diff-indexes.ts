import type { Collection, Index } from '../model.ts';
import type { ColumnChange, Step } from './steps.ts';

/**
 * The steps for indexes that come and go. An index that follows from another step has no step of its own: one that goes
 * with its property, or comes with a reference or a new property. A new unique index has one: it can be refused.
 */
export function diffIndexes(before: Collection, after: Collection, columns: readonly ColumnChange[]): Step[] {
  const newNames = new Map<string, string>();
  const added = new Set<string>();
  for (const column of columns) {
    if (column.before !== undefined && column.after !== undefined) {
      newNames.set(column.before.name, column.after.name);
    } else if (column.after !== undefined) added.add(column.after.name);
  }
  const isOfReference = (index: Index, collection: Collection) =>
    !index.unique &&
    index.properties.length === 2 &&
    collection.properties.get(index.properties[0] as string)?.kind === 'reference' &&
    !isDeclared(index, collection);
  const keyOf = (unique: boolean, properties: readonly (string | undefined)[]) =>
    `${unique}:${properties.join()}`;
  const keysBefore = new Set(
    before.indexes.map((index) =>
      keyOf(
        index.unique,
        index.properties.map((name) => newNames.get(name)),
      ),
    ),
  );
  const keysAfter = new Set(after.indexes.map((index) => keyOf(index.unique, index.properties)));
  const steps: Step[] = [];
  for (const index of before.indexes) {
    const names = index.properties.map((name) => newNames.get(name));
    const goesAlong = names.includes(undefined) || isOfReference(index, before);
    if (keysAfter.has(keyOf(index.unique, names)) || goesAlong) continue;
    const properties = names as string[];
    steps.push({ kind: 'removeIndex', collection: after.name, index: { ...index, properties } });
  }
  for (const index of after.indexes) {
    if (keysBefore.has(keyOf(index.unique, index.properties))) continue;
    const comesAlong = index.properties.some((name) => added.has(name)) || isOfReference(index, after);
    if (index.unique || !comesAlong) steps.push({ kind: 'addIndex', collection: after.name, index });
  }
  return steps;
}

function isDeclared(index: Index, { definition }: Collection): boolean {
  const name = index.properties[0];
  return (definition.indexes ?? []).some((declared) => {
    const properties = 'properties' in declared ? declared.properties : declared;
    return properties.length === 1 && properties[0] === name;
  });
}
