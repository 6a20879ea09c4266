import { buildCollection } from '#domain/collections/build.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Dialect } from '../database.ts';
import { list } from './ddl.ts';
import { searchTableShape } from './search-tables.ts';
import { shapeOf, type ColumnShape, type ForeignKeyShape, type TableShape } from './tables.ts';

/**
 * Compares the tables that these definitions led to, and our own, with those in the database: changes made behind
 * Plinth's back. Returns one sentence per difference. Other tables and further indexes are ignored.
 */
export function findDrift(
  definitions: readonly CollectionDefinition[],
  ownTables: readonly string[],
  present: readonly TableShape[],
  dialect: Dialect,
): string[] {
  const tables = new Map(present.map((table) => [table.name, table]));
  const expected = definitions.map(buildCollection).flatMap((collection) => {
    const search = collection.search.length === 0 ? [] : [searchTableShape(collection, dialect)];
    return [shapeOf(collection, dialect), ...search];
  });
  const missing = ownTables
    .filter((name) => !tables.has(name))
    .map((name) => `The table "${name}" is missing.`);
  return expected.reduce((sentences, shape) => {
    const table = tables.get(shape.name);
    return [
      ...sentences,
      ...(table === undefined ? [`The table "${shape.name}" is missing.`] : tableDrift(shape, table)),
    ];
  }, missing);
}

function tableDrift(expected: TableShape, table: TableShape): string[] {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const known = new Set(expected.columns.map(({ name }) => name));
  return [
    ...expected.columns.flatMap((column) => columnDrift(table.name, column, columns.get(column.name))),
    ...table.columns
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `The table "${table.name}" has a column "${name}" that Plinth did not make.`),
    ...expected.foreignKeys.flatMap((key) => foreignKeyDrift(table, key)),
    ...expected.indexes.flatMap((index) => indexDrift(table, index)),
  ];
}

function columnDrift(table: string, expected: ColumnShape, column: ColumnShape | undefined): string[] {
  const name = `The column "${expected.name}" of "${table}"`;
  if (column === undefined) return [`${name} is missing.`];
  const sentences: string[] = [];
  if (column.type !== expected.type)
    sentences.push(`${name} has the type ${column.type}, not ${expected.type}.`);
  if (column.required !== expected.required) {
    sentences.push(expected.required ? `${name} allows NULL.` : `${name} does not allow NULL.`);
  }
  if (column.filled) sentences.push(`${name} has a default in the database.`);
  return sentences;
}

function foreignKeyDrift(table: TableShape, expected: ForeignKeyShape): string[] {
  const name = `The foreign key of "${table.name}" from "${expected.column}" to "${expected.table}"`;
  const found = table.foreignKeys.filter(
    (key) => key.column === expected.column && key.table === expected.table,
  );
  if (found.length === 0) return [`${name} is missing.`];
  if (found.some(({ onDelete }) => onDelete === expected.onDelete)) return [];
  return [`${name} has ON DELETE ${found[0]?.onDelete}, not ${expected.onDelete}.`];
}

function indexDrift(table: TableShape, expected: TableShape['indexes'][number]): string[] {
  const index = table.indexes.find(({ name }) => name === expected.name);
  if (index === undefined) return [`The index "${expected.name}" of "${table.name}" is missing.`];
  if (index.unique === expected.unique && index.columns.join() === expected.columns.join()) return [];
  const wanted = `${expected.unique ? 'unique, ' : ''}on ${list(expected.columns)}`;
  return [`The index "${expected.name}" of "${table.name}" is another one than Plinth made (${wanted}).`];
}
