import { sql } from 'kysely';
import type { ColumnChange, Rewrite, TableChange } from '#domain/collections/diff/steps.ts';
import type { Property } from '#domain/collections/model.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { Database, Reader, Transaction } from '../database.ts';
import { execute, quote } from './ddl.ts';
import { alterationsIn, type ScratchColumns } from './tables.ts';

const recordsPerPage = 500;

/** A column whose values change one by one. */
export type RewrittenColumn = ColumnChange & {
  readonly before: Property;
  readonly after: Property;
  readonly rewrite: Rewrite;
};

export function isRewritten(column: ColumnChange): column is RewrittenColumn {
  return column.rewrite !== undefined;
}

/**
 * Puts the new values of rewritten properties into columns of their own beside the old ones. Values are converted in
 * JavaScript, so both databases end with the same ones. Runs before anything else changes: old names are in force.
 */
export async function rewriteValues(
  transaction: Transaction,
  database: Database,
  changes: readonly TableChange[],
): Promise<ScratchColumns> {
  const scratch = new Map<Property, string>();
  for (const { before, columns } of alterationsIn(changes)) {
    for (const column of columns.filter(isRewritten)) {
      const name = `_plinth_${scratch.size}`;
      const type = database.dialect.columnType(column.after);
      await execute(transaction, `ALTER TABLE ${quote(before.name)} ADD COLUMN ${quote(name)} ${type}`);
      for await (const page of convertedPages(transaction, database, before.name, column)) {
        await store(transaction, database, { table: before.name, scratch: name, column }, page);
      }
      scratch.set(column.after, name);
    }
  }
  return scratch;
}

export interface Converted {
  readonly id: string;
  /** Null when the value has no new form. */
  readonly value: JsonValue;
}

/** The records that have a value, page by page in order of id, with the value in its new form. */
export async function* convertedPages(
  reader: Reader,
  { build, dialect }: Database,
  table: string,
  { before, rewrite }: RewrittenColumn,
): AsyncGenerator<readonly Converted[]> {
  const column = sql.ref(before.name);
  const next = (after: string | undefined) =>
    reader.all<{ id: string; value: unknown }>(
      sql`SELECT "id", ${column} AS "value" FROM ${sql.table(table)} WHERE ${column} IS NOT NULL
          ${after === undefined ? sql`` : sql`AND "id" > ${after}`} ORDER BY "id" LIMIT ${sql.lit(recordsPerPage)}`.compile(
        build,
      ),
    );
  let rows = await next(undefined);
  while (rows.length > 0) {
    const page = rows.map(({ id, value }) => ({
      id,
      value: rewrite.convert(dialect.fromColumn(before, value) as JsonValue),
    }));
    yield rewrite.target === undefined ? page : await withoutDangling(reader, build, rewrite.target, page);
    rows = await next(rows.at(-1)?.id);
  }
}

/** References that lead to no record of the target (null: a table without records) have no new form. */
async function withoutDangling(
  reader: Reader,
  build: Database['build'],
  target: string | null,
  page: readonly Converted[],
): Promise<readonly Converted[]> {
  const ids = page.map(({ value }) => value).filter((value) => value !== null);
  if (target === null || ids.length === 0) return page.map(({ id }) => ({ id, value: null }));
  const found = await reader.all<{ id: string }>(
    sql`SELECT "id" FROM ${sql.table(target)} WHERE "id" IN (${sql.join(ids)})`.compile(build),
  );
  const existing = new Set<JsonValue>(found.map(({ id }) => id));
  return page.map(({ id, value }) => ({ id, value: existing.has(value) ? value : null }));
}

/** The column that new values go into. */
interface ScratchColumn {
  readonly table: string;
  readonly scratch: string;
  readonly column: RewrittenColumn;
}

async function store(
  transaction: Transaction,
  { build, dialect }: Database,
  { table, scratch, column: { after, fallback } }: ScratchColumn,
  page: readonly Converted[],
): Promise<void> {
  const type = sql.raw(castType(dialect.columnType(after)));
  const idType = sql.raw(dialect.columnType({ kind: 'uuid' }));
  const rows = page.map(({ id, value }) => {
    const column = dialect.toColumn(after, value ?? fallback ?? null);
    return sql`(CAST(${id} AS ${idType}), CAST(${column} AS ${type}))`;
  });
  const own = sql.table(table);
  // The page's bounds keep SQLite from going through the whole table for each page.
  const bounds = sql`${own}."id" BETWEEN ${page[0]?.id} AND ${page.at(-1)?.id}`;
  await transaction.run(
    sql`WITH "new" ("id", "value") AS (VALUES ${sql.join(rows)}) UPDATE ${own}
        SET ${sql.ref(scratch)} = "new"."value" FROM "new"
        WHERE ${own}."id" = "new"."id" AND ${bounds}`.compile(build),
  );
}

/** A type as CAST takes it: without a collation. */
function castType(type: string): string {
  return type.split(' COLLATE ')[0] as string;
}
