import { narrowing, textOrNull, type Kind } from './kind.ts';

const form = /^\d{4}-\d\d-\d\d$/;

/** A day of the years 0001 to 9999, as `2026-01-31`. */
export function isDate(text: string): boolean {
  return isCalendarDay(text) && text >= '0001-01-01';
}

/** A day that the calendar has, year 0000 included: `Date.parse` alone takes 30 February for 2 March. */
export function isCalendarDay(text: string): boolean {
  if (!form.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** The first timestamp of a day in UTC. */
export const midnight = (day: string): string => `${day}T00:00:00.000Z`;

export const dateKind: Kind = {
  isDeclaredBy: (type, format) => type === 'string' && format === 'date',
  type: 'date',
  elementType: 'string',
  accepts: ['string'],
  hasOrder: true,
  read(value, refuse) {
    if (typeof value !== 'string' || isDate(value)) return value;
    return refuse('format', 'must be a date such as 2026-01-31, in the years 0001 to 9999');
  },
  fromCell: textOrNull,
  example: () => '2026-01-31',
  from: {
    timestamp: narrowing((value) => (value as string).slice(0, 10)),
    string: narrowing(dateIn),
    json: narrowing(dateIn),
  },
};

function dateIn(value: unknown): string | null {
  return typeof value === 'string' && isDate(value) ? value : null;
}
