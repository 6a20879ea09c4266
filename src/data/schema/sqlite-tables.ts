import type { Collection } from '#domain/collections/model.ts';
import type { TableAlteration } from '#domain/collections/diff/steps.ts';
import type { Dialect, Reader, Transaction } from '../database.ts';
import { columnDdl, execute, list, literal, quote, referencesDdl, statement } from './ddl.ts';
import { canBeAppended, isAltered, writesWaitMs, type Kept } from './sqlite-alterations.ts';
import { sqliteTriggers } from './sqlite-triggers.ts';
import { alterationsIn, type ScratchColumns, type SchemaDialect, type TableShape } from './tables.ts';

const rebuilt = '_plinth_rebuilt';

/**
 * SQLite can hardly alter a table: a new one is filled from the old one and takes its name. References of other tables
 * go by name, and are not enforced meanwhile (see Database.changeSchema), so they are right again afterwards.
 */
export function sqliteTables(dialect: Dialect): SchemaDialect {
  return {
    tableOptions: ' STRICT',
    keyedTableOptions: ' STRICT, WITHOUT ROWID',
    tableNames,
    triggers: sqliteTriggers,
    // A file that can be written can be changed in any way.
    refuseWithoutRights: () => Promise.resolve(),
    // No lock is needed: there is one writer, and readers see committed data only.
    lock: () => Promise.resolve(),
    introspect,
    writesWaitMs,
    async changeTables(transaction, changes, scratch) {
      for (const change of changes)
        if (change.kind === 'drop') await dropTable(transaction, change.before.name);
      for (const change of alterationsIn(changes))
        await renameTable(transaction, change.before.name, change.after.name);
      for (const change of changes) {
        if (change.kind === 'create')
          await createTable(transaction, dialect, change.after.name, change.after);
        if (change.kind === 'alter') await alterTable(transaction, dialect, change, scratch);
      }
    },
    // They are part of CREATE TABLE, and may name a table that is made later.
    addForeignKeys: () => Promise.resolve(),
  };
}

async function createTable(
  transaction: Transaction,
  dialect: Dialect,
  name: string,
  collection: Collection,
): Promise<void> {
  const columns = [...collection.properties.values()].map((property) => {
    const key = property.name === 'id' ? ' PRIMARY KEY' : '';
    return columnDdl(dialect, property) + key + referencesDdl(property);
  });
  await execute(transaction, `CREATE TABLE ${quote(name)} (${columns.join(', ')}) STRICT`);
}

function dropTable(transaction: Transaction, name: string): Promise<void> {
  return execute(transaction, `DROP TABLE ${quote(name)}`);
}

async function renameTable(transaction: Transaction, from: string, to: string): Promise<void> {
  if (from === to) return;
  // By way of another name: to SQLite, names that differ in case only are the same.
  await execute(transaction, `ALTER TABLE ${quote(from)} RENAME TO ${quote(rebuilt)}`);
  await execute(transaction, `ALTER TABLE ${quote(rebuilt)} RENAME TO ${quote(to)}`);
}

async function alterTable(
  transaction: Transaction,
  dialect: Dialect,
  { after, columns }: TableAlteration,
  scratch: ScratchColumns,
): Promise<void> {
  const altered = columns.filter((column) => isAltered(column));
  if (altered.length === 0) return;
  if (altered.every(canBeAppended)) {
    for (const { after: property } of altered) {
      const ddl = columnDdl(dialect, property) + referencesDdl(property);
      await execute(transaction, `ALTER TABLE ${quote(after.name)} ADD COLUMN ${ddl}`);
    }
    return;
  }
  const kept = columns.filter((column): column is Kept => column.after !== undefined);
  await createTable(transaction, dialect, rebuilt, after);
  await execute(
    transaction,
    `INSERT INTO ${quote(rebuilt)} (${list(kept.map((column) => column.after.name))}) ` +
      `SELECT ${kept.map((column) => source(dialect, column, scratch)).join(', ')} FROM ${quote(after.name)}`,
  );
  await dropTable(transaction, after.name);
  await execute(transaction, `ALTER TABLE ${quote(rebuilt)} RENAME TO ${quote(after.name)}`);
}

/** Where the values of a new column come from. */
function source(dialect: Dialect, column: Kept, scratch: ScratchColumns): string {
  const { before, after, fallback } = column;
  const standIn = literal(dialect, after, fallback);
  if (before === undefined) return standIn;
  const values = quote(scratch.get(after) ?? before.name);
  return after.required && fallback !== undefined ? `coalesce(${values}, ${standIn})` : values;
}

async function tableNames(reader: Reader): Promise<ReadonlySet<string>> {
  const sql = `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;
  const rows = await reader.all<{ name: string }>(statement(sql));
  return new Set(rows.map(({ name }) => name));
}

async function introspect(reader: Reader): Promise<TableShape[]> {
  const shapes: TableShape[] = [];
  for (const name of [...(await tableNames(reader))].toSorted()) {
    const columns = await reader.all<{ name: string; type: string; required: number; filled: number }>(
      statement(
        `SELECT name, type, "notnull" AS required, dflt_value IS NOT NULL AS filled FROM pragma_table_info(?)`,
        [name],
      ),
    );
    const foreignKeys = await reader.all<TableShape['foreignKeys'][number]>(
      statement(
        `SELECT "from" AS "column", "table", on_delete AS "onDelete" FROM pragma_foreign_key_list(?)`,
        [name],
      ),
    );
    const indexed = await reader.all<{ name: string; unique: number; column: string }>(
      statement(
        `SELECT i.name, i."unique", c.name AS "column" FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c ` +
          `WHERE i.origin <> 'pk' ORDER BY i.name, c.seqno`,
        [name],
      ),
    );
    shapes.push({
      name,
      columns: columns.map((column) => ({
        ...column,
        required: column.required === 1,
        filled: column.filled === 1,
      })),
      foreignKeys,
      indexes: [...Map.groupBy(indexed, (row) => row.name)].map(([index, rows]) => ({
        name: index,
        columns: rows.map(({ column }) => column),
        unique: rows[0]?.unique === 1,
      })),
    });
  }
  return shapes;
}
