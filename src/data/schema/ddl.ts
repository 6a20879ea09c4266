import type { Index, Property } from '#domain/collections/model.ts';
import type { Dialect, Reader, Statement, Transaction } from '../database.ts';
import { foreignKeyOf } from './tables.ts';

/** A name in SQL. Names of collections and properties are checked, ours are ours: none holds a quote. */
export function quote(name: string): string {
  return `"${name}"`;
}

/** Quoted names, separated by commas. */
export function list(names: readonly string[]): string {
  return names.map(quote).join(', ');
}

/** A value in DDL, which takes no parameters. */
export function literal(dialect: Dialect, property: Property, value: unknown): string {
  const column = dialect.toColumn(property, value) as string | number | boolean | null;
  if (column === null) return 'NULL';
  return typeof column === 'string' ? `'${column.replaceAll("'", "''")}'` : String(column).toUpperCase();
}

/** The declaration of a column: name, type and NOT NULL. */
export function columnDdl(dialect: Dialect, property: Property): string {
  return `${quote(property.name)} ${dialect.columnType(property)}${property.required ? ' NOT NULL' : ''}`;
}

/** The REFERENCES clause of a reference property, with a space before it; empty for any other property. */
export function referencesDdl(property: Property): string {
  const key = foreignKeyOf(property);
  return key === undefined ? '' : ` REFERENCES ${quote(key.table)} ("id") ON DELETE ${key.onDelete}`;
}

/** CREATE INDEX IF NOT EXISTS for an index of the model. */
export function createIndexDdl(table: string, index: Index): string {
  const unique = index.unique ? 'UNIQUE ' : '';
  return `CREATE ${unique}INDEX IF NOT EXISTS ${quote(index.name)} ON ${quote(table)} (${list(index.properties)})`;
}

export function statement(sql: string, parameters: readonly unknown[] = []): Statement {
  return { sql, parameters };
}

export async function execute(transaction: Transaction, sql: string): Promise<void> {
  await transaction.run(statement(sql));
}

/** The one number that a query answers with, in the column `count`. */
export async function countOf(reader: Reader, sql: string): Promise<number> {
  const [row] = await reader.all<{ count: number }>(statement(sql));
  return row?.count ?? 0;
}
