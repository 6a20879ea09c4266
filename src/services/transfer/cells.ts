import type { Property } from '#domain/collections/model.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import type { DateReader } from './dates.ts';

const isoDate = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The value of a CSV cell by the kind of its property; `undefined` leaves the property out. A text that cannot be read
 * stays a text, which the validator then refuses. An empty cell is null; where null is not allowed and there is a
 * default, it leaves the property out.
 */
export function valueOfCell(property: Property, cell: string | null): unknown {
  const value = cell === null ? null : kinds[property.kind].fromCell(cell);
  const isEmpty = cell === null || (cell === '' && value === null);
  return isEmpty && property.required && property.default !== undefined ? undefined : value;
}

/** A date in the format of `readDate` as `YYYY-MM-DD`; other values as they are. */
export function withDate(property: Property, value: unknown, readDate: DateReader | undefined): unknown {
  if (readDate === undefined || property.kind !== 'date' || typeof value !== 'string') return value;
  return isoDate.test(value) ? value : readDate(value);
}

/** The CSV cell of a value: null is an empty cell, an empty text a quoted one. Spreadsheet formulas are not escaped. */
export function cellOf(property: Property, value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = property.kind !== 'json' && typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
