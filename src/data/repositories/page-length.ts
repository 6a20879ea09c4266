import type { Collection } from '#domain/collections/model.ts';
import type { Row } from './record-rows.ts';

/** The limit of all records of a page together, in stored characters. A larger page would keep the event loop. */
export const pageLengthMax = 4_000_000;
/** Texts that are declared no longer do not count: a page of 200 records has at most 50 of them for each. */
const shortLength = 500;

/** How many of the rows, from the first on, make a page: all, or those that are not too large together; one at least. */
export type RowsOfPage = (rows: readonly Row[]) => number;

/** Sums the values that may be long (JSON, and texts without a short `maxLength`) up to `pageLengthMax`. */
export function createRowsOfPage({ properties }: Collection): RowsOfPage {
  const large = [...properties.values()]
    .filter(({ kind, schema }) => kind === 'json' || (kind === 'string' && !isShort(schema.maxLength)))
    .map(({ name }) => name);
  if (large.length === 0) return (rows) => rows.length;
  return (rows) => {
    let length = 0;
    for (const [index, row] of rows.entries()) {
      for (const name of large) length += lengthOf(row[name]);
      if (length > pageLengthMax) return Math.max(1, index);
    }
    return rows.length;
  };
}

function isShort(maxLength: unknown): boolean {
  return typeof maxLength === 'number' && maxLength <= shortLength;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let length = 0;
  for (const [name, member] of Object.entries(value)) length += name.length + lengthOf(member);
  return length;
}
