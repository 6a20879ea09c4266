import type { Collection, PropertyKind, StoredRecord } from '#domain/collections/model.ts';
import type { Dialect } from '../database.ts';

export type Row = Record<string, unknown>;

/** How records of a collection go into columns and come out of rows. */
export interface RowMapper {
  readonly columns: readonly string[];
  /** Makes the row the record: it is changed in place, and columns beyond the properties stay. */
  toRecord(row: Row): StoredRecord;
  /** Values for `columns`, in their order. */
  toColumns(record: Readonly<Record<string, unknown>>): unknown[];
}

/** Kinds whose columns hold their JSON values as they are, on every database. */
const plainKinds: ReadonlySet<PropertyKind> = new Set([
  'string',
  'integer',
  'number',
  'date',
  'reference',
  'uuid',
]);

export function createRowMapper(collection: Collection, dialect: Dialect): RowMapper {
  const properties = Array.from(collection.properties.values(), ({ name, kind }) => ({ name, kind }));
  const converted = properties.filter(({ kind }) => !plainKinds.has(kind));
  return {
    columns: properties.map(({ name }) => name),
    toRecord(row) {
      for (const { name, kind } of converted) row[name] = dialect.fromColumn(kind, row[name]);
      return row as unknown as StoredRecord;
    },
    toColumns: (record) => properties.map(({ name, kind }) => dialect.toColumn(kind, record[name])),
  };
}
