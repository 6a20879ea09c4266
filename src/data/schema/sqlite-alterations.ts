import type { ColumnChange, TableAlteration } from '#domain/collections/diff/steps.ts';
import { foreignKeyOf } from './tables.ts';

/** A change of a column, of one that stays or comes. */
export type Kept = ColumnChange & { readonly after: NonNullable<ColumnChange['after']> };

/** Microseconds a record, measured on a table of 300,000 (a busy machine): copying it, one index, new forms, search words. */
const cost = { rebuild: 5, index: 2, rewrite: 10, search: 17 } as const;

/** About how long a change of a table with so many records takes, during which others cannot write; in milliseconds. */
export function writesWaitMs({ before, after, columns }: TableAlteration, records: number): number {
  const isRebuilt = !columns.filter(isAltered).every(canBeAppended);
  const names = new Set(before.indexes.map(({ name }) => name));
  const indexes = isRebuilt ? after.indexes : after.indexes.filter(({ name }) => !names.has(name));
  const isSearched = after.search.length > 0 && after.search.join() !== before.search.join();
  const microseconds =
    (isRebuilt ? cost.rebuild : 0) +
    indexes.length * cost.index +
    columns.filter(({ rewrite }) => rewrite !== undefined).length * cost.rewrite +
    (isSearched ? cost.search : 0);
  return (records * microseconds) / 1_000;
}

/** An empty column can be added as it is, which costs nothing however large the table. */
export function canBeAppended(column: ColumnChange): column is Kept {
  return column.before === undefined && column.after?.required === false && column.fallback === undefined;
}

/** Whether a column is added, dropped, renamed or rewritten, or changes `required` or its `ON DELETE`. */
export function isAltered({ before, after, rewrite }: ColumnChange): boolean {
  if (before === undefined || after === undefined || rewrite !== undefined) return true;
  const [from, to] = [foreignKeyOf(before), foreignKeyOf(after)];
  return before.name !== after.name || before.required !== after.required || from?.onDelete !== to?.onDelete;
}
