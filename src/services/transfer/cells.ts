import type { Property } from '#domain/collections/model.ts';
import type { DateReader } from './dates.ts';

const isoDate = /^\d{4}-\d{2}-\d{2}$/;
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * The value of a CSV cell by the kind of its property; `undefined` leaves the property out. What cannot be read stays
 * text, so that the validator says what is wrong with it. An empty cell is null, or, where null is not allowed and
 * there is a default, leaves the property out.
 */
export function valueOfCell(property: Property, cell: string | null): unknown {
  if (cell === null || (cell === '' && property.kind !== 'string')) {
    return property.required && property.default !== undefined ? undefined : null;
  }
  switch (property.kind) {
    case 'integer':
    case 'number':
      return number.test(cell.trim()) ? Number(cell) : cell;
    case 'boolean':
      return booleanOf(cell.trim().toLowerCase()) ?? cell;
    case 'json':
      return jsonOf(cell);
    default:
      return cell;
  }
}

/** A date that is written as `readDate` expects it, brought to `YYYY-MM-DD`. Other values as they are. */
export function withDate(property: Property, value: unknown, readDate: DateReader | undefined): unknown {
  if (readDate === undefined || property.kind !== 'date' || typeof value !== 'string') return value;
  return isoDate.test(value) ? value : readDate(value);
}

/** The cell for a value: null is an empty cell, an empty text is quoted. Nothing is done against spreadsheet formulas. */
export function cellOf(property: Property, value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = property.kind !== 'json' && typeof value === 'string' ? value : JSON.stringify(value);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function booleanOf(text: string): boolean | undefined {
  if (text === 'true') return true;
  return text === 'false' ? false : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
