import type { Collection, Index } from '#domain/collections/model.ts';
import type { TableAlteration, TableChange } from '#domain/collections/diff/steps.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Database, Transaction } from '../database.ts';
import { createIndexDdl, execute, list, quote } from './ddl.ts';
import { duplicatesIn } from './survey.ts';
import type { SchemaDialect } from './tables.ts';

/** Drops the indexes that the new collections do not have, before their tables change. */
export async function dropIndexes(transaction: Transaction, changes: readonly TableChange[]): Promise<void> {
  for (const change of changes) {
    if (change.kind !== 'alter') continue;
    for (const index of change.before.indexes) {
      if (!staysAsItIs(index, change))
        await execute(transaction, `DROP INDEX IF EXISTS ${quote(index.name)}`);
    }
  }
}

function staysAsItIs(index: Index, { after, columns }: TableAlteration): boolean {
  const same = after.indexes.find(({ name }) => name === index.name);
  if (same === undefined || same.properties.join() !== index.properties.join()) return false;
  return index.properties.every((name) => {
    const column = columns.find(({ before }) => before?.name === name);
    return column?.after?.name === name && column.rewrite === undefined;
  });
}

/** An index that was there before, on the same values. */
export function isKept(change: TableAlteration, { name }: Index): boolean {
  return change.before.indexes.some((old) => old.name === name && staysAsItIs(old, change));
}

/** Makes the indexes that are not there, when their tables are in their new form. Refuses duplicates by their number. */
export async function createIndexes(
  transaction: Transaction,
  database: Database,
  { ahead }: SchemaDialect,
  changes: readonly TableChange[],
): Promise<void> {
  for (const change of changes) {
    if (change.kind === 'drop') continue;
    for (const index of change.after.indexes) {
      if (change.kind === 'alter' && !isKept(change, index)) {
        if ((await ahead?.adopt(transaction, change, index)) === true) continue;
        if (index.unique) await refuseDuplicates(transaction, database, change, index);
      }
      await execute(transaction, createIndexDdl(change.after.name, index));
    }
  }
}

async function refuseDuplicates(
  transaction: Transaction,
  database: Database,
  change: TableAlteration & { readonly after: Collection },
  index: Index,
): Promise<void> {
  const duplicates = await duplicatesIn(transaction, database, change.after.name, index.properties);
  if (duplicates === undefined) return;
  throw new Problem('schema_conflict', {
    detail:
      `The unique index of "${change.after.name}" on ${list(index.properties)} cannot be made: ${duplicates.values} ` +
      `of its values would occur more than once (${duplicates.times.join(', ')} times). Nothing was changed.`,
  });
}
