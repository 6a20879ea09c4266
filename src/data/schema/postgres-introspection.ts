import type { Reader } from '../database.ts';
import { statement } from './ddl.ts';
import type { TableShape } from './tables.ts';

const onDelete: Readonly<Record<string, string>> = {
  a: 'NO ACTION',
  r: 'RESTRICT',
  c: 'CASCADE',
  n: 'SET NULL',
  d: 'SET DEFAULT',
};

const ofSchema = `t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace`;

interface ColumnRow {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly required: boolean;
  readonly filled: boolean;
}

/** Reads the catalogue of the current schema, in three queries for any number of tables. */
export async function introspectPostgres(reader: Reader): Promise<TableShape[]> {
  const columns = await reader.all<ColumnRow>(
    statement(
      `SELECT t.relname::text AS "table", a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type, ` +
        `c.collname::text AS collation, a.attnotnull AS required, a.atthasdef AS filled ` +
        `FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid LEFT JOIN pg_collation c ON c.oid = a.attcollation ` +
        `WHERE ${ofSchema} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY t.relname, a.attnum`,
    ),
  );
  const foreignKeys = await reader.all<{ table: string; column: string; target: string; onDelete: string }>(
    statement(
      `SELECT t.relname::text AS "table", a.attname::text AS "column", f.relname::text AS target, ` +
        `k.confdeltype::text AS "onDelete" ` +
        `FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid ` +
        `JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1] WHERE k.contype = 'f' AND ${ofSchema}`,
    ),
  );
  const indexes = await reader.all<{ table: string; name: string; unique: boolean; columns: string[] }>(
    statement(
      `SELECT t.relname::text AS "table", i.relname::text AS name, x.indisunique AS "unique", ` +
        `ARRAY(SELECT pg_get_indexdef(x.indexrelid, n, true) FROM generate_series(1, x.indnkeyatts) AS n) AS columns ` +
        `FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid ` +
        `WHERE NOT x.indisprimary AND ${ofSchema} ORDER BY i.relname`,
    ),
  );
  return [...Map.groupBy(columns, (column) => column.table)].map(([name, own]) => ({
    name,
    columns: own.map((column) => ({
      name: column.name,
      type: typeOf(column),
      required: column.required,
      filled: column.filled,
    })),
    foreignKeys: foreignKeys
      .filter(({ table }) => table === name)
      .map(({ column, target, onDelete: action }) => ({
        column,
        table: target,
        onDelete: onDelete[action] ?? action,
      })),
    indexes: indexes
      .filter(({ table }) => table === name)
      .map((index) => ({ name: index.name, unique: index.unique, columns: index.columns.map(unquoted) })),
  }));
}

/** A column type of the catalogue in the words of `Dialect.columnType`. */
function typeOf({ type, collation }: ColumnRow): string {
  if (type === 'timestamp(3) with time zone') return 'timestamptz(3)';
  return collation === null || collation === 'default' ? type : `${type} COLLATE "${collation}"`;
}

function unquoted(column: string): string {
  return column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column;
}
