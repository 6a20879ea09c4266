import { hash } from 'node:crypto';
import type { TableAlteration } from '#domain/collections/diff/steps.ts';
import type { Index } from '#domain/collections/model.ts';
import { UniqueViolation, type Reader, type SchemaTransaction } from '../database.ts';
import { countOf, execute, list, quote, statement } from './ddl.ts';
import { isKept } from './indexes.ts';
import { alterationsIn, type ChangesAhead } from './tables.ts';

/** An index of such a name belongs to no definition yet: the transaction of the change gives it the name it is to have. */
const prefix = '_plinth_ahead_';
/** A smaller table is indexed before anybody notices; it does not pay to wait for other transactions. */
const largeBytes = 8 * 1024 * 1024;

interface AheadIndex {
  readonly name: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/**
 * Indexes of large tables, built while the tables are in use. The remains of a build that failed or was killed have a
 * name of ours; the next change drops them, and every finished index that no definition asks for any more.
 */
export const indexesAhead: ChangesAhead = {
  async prepare(transaction, changes, check) {
    const wanted = await largeOf(transaction, alterationsIn(changes).flatMap(wantedBy));
    const present = await presentIn(transaction);
    const usable = new Set<string>();
    for (const { name, isValid } of present) {
      if (isValid && wanted.some((index) => index.name === name)) usable.add(name);
      else await drop(transaction, name);
    }
    const missing = wanted.filter(({ name }) => !usable.has(name));
    if (missing.length === 0) return;
    await check();
    for (const index of missing) await build(transaction, index);
  },

  has: async (reader, change, index) => (await nameOfPresent(reader, change, index)) !== undefined,

  async adopt(transaction, change, index) {
    const name = await nameOfPresent(transaction, change, index);
    if (name === undefined) return false;
    await execute(transaction, `ALTER INDEX ${quote(name)} RENAME TO ${quote(index.name)}`);
    return true;
  },

  isLeft: async (reader) => (await presentIn(reader)).length > 0,

  async forget(transaction) {
    for (const { name } of await presentIn(transaction)) await drop(transaction, name);
  },
};

function wantedBy(change: TableAlteration): AheadIndex[] {
  if (!change.changesTable) return [];
  const fresh = change.after.indexes.filter((index) => !isKept(change, index));
  return fresh.map((index) => aheadIndex(change, index)).filter((index) => index !== undefined);
}

/** By the names that the columns have before the change; undefined where their values are not there yet. */
function aheadIndex(
  { before, columns }: TableAlteration,
  { properties, unique }: Index,
): AheadIndex | undefined {
  const names = properties.map((property) => {
    const column = columns.find(({ after }) => after?.name === property);
    const isFilled = column?.fallback !== undefined && column.before?.required === false;
    return column?.rewrite === undefined && !isFilled ? column?.before?.name : undefined;
  });
  if (!names.every((name) => name !== undefined)) return undefined;
  const digest = hash('sha256', JSON.stringify([before.name, names, unique]), 'hex').slice(0, 24);
  return { name: prefix + digest, table: before.name, columns: names, unique };
}

async function nameOfPresent(
  reader: Reader,
  change: TableAlteration,
  index: Index,
): Promise<string | undefined> {
  const ahead = aheadIndex(change, index);
  if (ahead === undefined) return undefined;
  const present = await presentIn(reader);
  return present.find(({ name, isValid }) => isValid && name === ahead.name)?.name;
}

async function largeOf(reader: Reader, indexes: readonly AheadIndex[]): Promise<readonly AheadIndex[]> {
  const large = new Map<string, boolean>();
  for (const { table } of indexes) {
    const bytes = await countOf(reader, `SELECT pg_relation_size('${quote(table)}'::regclass) AS "count"`);
    large.set(table, bytes > largeBytes);
  }
  return indexes.filter(({ table }) => large.get(table) === true);
}

async function presentIn(reader: Reader): Promise<readonly { name: string; isValid: boolean }[]> {
  return reader.all(
    statement(
      `SELECT relname::text AS "name", indisvalid AND indisready AS "isValid" FROM pg_index ` +
        `JOIN pg_class ON pg_class.oid = indexrelid ` +
        `WHERE relnamespace = current_schema()::regnamespace AND starts_with(relname, '${prefix}')`,
    ),
  );
}

async function build(transaction: SchemaTransaction, index: AheadIndex): Promise<void> {
  const { name, table, columns, unique } = index;
  try {
    await transaction.beside?.(
      `CREATE ${unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${quote(name)} ON ${quote(table)} (${list(columns)})`,
    );
  } catch (error) {
    await drop(transaction, name).catch(() => undefined);
    // The change counts the duplicates itself, and refuses with their number.
    if (!(error instanceof UniqueViolation)) throw error;
  }
}

/** Drops one index: waits for the transactions that use its table, and blocks no others. */
async function drop(transaction: SchemaTransaction, name: string): Promise<void> {
  await transaction.beside?.(`DROP INDEX CONCURRENTLY IF EXISTS ${quote(name)}`);
}
