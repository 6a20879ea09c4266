import type { Collection, StoredRecord } from '#domain/collections/model.ts';
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

export function createRowMapper(collection: Collection, dialect: Dialect): RowMapper {
  const properties = [...collection.properties.values()];
  const converted = properties.filter(({ kind }) => dialect.isConverted(kind));
  return {
    columns: properties.map(({ name }) => name),
    toRecord(row) {
      for (const property of converted) row[property.name] = dialect.fromColumn(property, row[property.name]);
      return row as unknown as StoredRecord;
    },
    toColumns: (record) => properties.map((property) => dialect.toColumn(property, record[property.name])),
  };
}
