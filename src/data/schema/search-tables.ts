import { sql } from 'kysely';
import { indexName, searchTableName } from '#domain/collections/names.ts';
import type { Collection, Property } from '#domain/collections/model.ts';
import type { TableChange } from '#domain/collections/diff/steps.ts';
import { recordTokens } from '#domain/query/search-tokens.ts';
import type { Database, Dialect, Transaction } from '../database.ts';
import { execute, quote } from './ddl.ts';
import { columnTypesOf } from './system/migration.ts';
import type { SchemaDialect, TableShape } from './tables.ts';

const recordsPerPage = 500;
const rowsPerInsert = 1_000;

/** Drops the search tables that no longer match the definition of their collection, before its table changes. */
export async function dropSearchTables(
  transaction: Transaction,
  changes: readonly TableChange[],
): Promise<void> {
  for (const change of changes) {
    if (change.kind === 'create' || change.before.search.length === 0 || !needsNewWords(change)) continue;
    await execute(transaction, `DROP TABLE ${quote(searchTableName(change.before.name))}`);
  }
}

/** Makes the search tables that are missing and fills them from the records that are there. */
export async function createSearchTables(
  transaction: Transaction,
  database: Database,
  { keyedTableOptions }: SchemaDialect,
  changes: readonly TableChange[],
): Promise<void> {
  for (const change of changes) {
    if (change.kind === 'drop' || change.after.search.length === 0 || !needsNewWords(change)) continue;
    const name = searchTableName(change.after.name);
    const { string, uuid } = columnTypesOf(database.dialect);
    await execute(
      transaction,
      `CREATE TABLE ${quote(name)} ("token" ${string} NOT NULL, "id" ${uuid} NOT NULL ` +
        `REFERENCES ${quote(change.after.name)} ("id") ON DELETE CASCADE, PRIMARY KEY ("token", "id"))${keyedTableOptions}`,
    );
    // Changing and deleting a record looks for its words.
    await execute(transaction, `CREATE INDEX ${quote(searchIndexName(name))} ON ${quote(name)} ("id")`);
    if (change.kind === 'alter') await fill(transaction, database, name, change.after);
  }
}

/** The table that a collection with `search` should have beside its own. */
export function searchTableShape(collection: Collection, dialect: Dialect): TableShape {
  const name = searchTableName(collection.name);
  const { string, uuid } = columnTypesOf(dialect);
  return {
    name,
    columns: [
      { name: 'token', type: string, required: true, filled: false },
      { name: 'id', type: uuid, required: true, filled: false },
    ],
    foreignKeys: [{ column: 'id', table: collection.name, onDelete: 'CASCADE' }],
    indexes: [{ name: searchIndexName(name), columns: ['id'], unique: false }],
  };
}

/** Not longer than a name may be, and still different for each table. */
function searchIndexName(table: string): string {
  return indexName(table, ['id'], 'idx');
}

function needsNewWords(change: TableChange): boolean {
  if (change.kind !== 'alter') return true;
  const { before, after, columns } = change;
  if (before.name !== after.name || before.search.length !== after.search.length) return true;
  return after.search.some((name, position) => {
    const column = columns.find((each) => each.after?.name === name);
    const filledIn =
      column?.fallback !== undefined && column.after?.required === true && !column.before?.required;
    return column?.before?.name !== before.search[position] || column?.rewrite !== undefined || filledIn;
  });
}

async function fill(
  transaction: Transaction,
  { build, dialect }: Database,
  table: string,
  collection: Collection,
): Promise<void> {
  const columns = sql.join(collection.search.map((name) => sql.ref(name)));
  let last: string | undefined;
  for (;;) {
    const rows = await transaction.all<{ id: string }>(
      sql`SELECT "id" AS "id", ${columns} FROM ${sql.table(collection.name)}
          ${last === undefined ? sql`` : sql`WHERE "id" > ${last}`} ORDER BY "id" LIMIT ${sql.lit(recordsPerPage)}`.compile(
        build,
      ),
    );
    if (rows.length === 0) return;
    last = rows.at(-1)?.id;
    const words = rows.flatMap((row) => {
      const record = Object.fromEntries(
        collection.search.map((name) => {
          const property = collection.properties.get(name) as Property;
          return [name, dialect.fromColumn(property, row[name as keyof typeof row])];
        }),
      );
      return recordTokens(collection, record).map((token) => sql`(${token}, ${row.id})`);
    });
    for (let start = 0; start < words.length; start += rowsPerInsert) {
      const batch = sql.join(words.slice(start, start + rowsPerInsert));
      await transaction.run(
        sql`INSERT INTO ${sql.table(table)} ("token", "id") VALUES ${batch}`.compile(build),
      );
    }
  }
}
