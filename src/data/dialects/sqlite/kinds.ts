import type { JsonValue } from '#domain/json/value.ts';
import { decimalOfSortKey, sortKeyOf, withoutScale, withScale } from '#domain/kinds/decimal-arithmetic.ts';
import { columnsOf } from '../columns.ts';

/** SQLite: tables are STRICT, so a column holds values of its type only. */
export const sqliteColumns = columnsOf({
  string: { type: 'TEXT' },
  integer: { type: 'INTEGER' },
  number: { type: 'REAL' },
  boolean: {
    type: 'INTEGER',
    toColumn: (value) => (value === true ? 1 : 0),
    fromColumn: (value) => value === 1,
    toJsonSql: (column) => `json(iif(${column} IS NULL, NULL, iif(${column}, 'true', 'false')))`,
  },
  date: { type: 'TEXT' },
  timestamp: { type: 'TEXT' },
  reference: { type: 'TEXT' },
  uuid: { type: 'TEXT' },
  decimal: {
    type: 'TEXT',
    toColumn: (value) => sortKeyOf(withoutScale(value as string)),
    fromColumn: (value, { scale = 0 }) => withScale(decimalOfSortKey(value as string), scale),
    fromJson: (value, { scale = 0 }) =>
      typeof value === 'string' ? withScale(decimalOfSortKey(value), scale) : value,
  },
  json: {
    type: 'TEXT',
    toColumn: (value) => JSON.stringify(value),
    fromColumn: (value) => JSON.parse(value as string) as JsonValue,
    toJsonSql: (column) => `json(${column})`,
  },
});
