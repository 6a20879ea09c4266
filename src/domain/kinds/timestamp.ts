import { isCalendarDay, midnight } from './date.ts';
import { narrowing, textOrNull, widening, type Kind } from './kind.ts';

/** Timestamps are strings in one form, UTC with milliseconds: `2026-01-31T10:00:00.000Z`. */

/** 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z, in milliseconds since 1970. */
export const firstInstantMs = -62_135_596_800_000;
export const lastInstantMs = 253_402_300_799_999;

/** RFC 3339, 5.6: `T` and `Z` in either case, a blank in the place of `T`, any number of digits of a second. */
const form = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * RFC 3339 text as a timestamp: digits beyond milliseconds are cut. Undefined for other text, for a leap second, and for
 * an instant outside the years 0001 to 9999, where PostgreSQL and JavaScript have no common form.
 */
export function parseTimestamp(text: string): string | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, day, hours, minutes, seconds, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match;
  if (!isCalendarDay(day!) || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59)
    return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const local = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  return timestampAt(local - offsetMs) ?? undefined;
}

/** Null outside the years 0001 to 9999. */
export function timestampAt(ms: number): string | null {
  return ms >= firstInstantMs && ms <= lastInstantMs ? new Date(ms).toISOString() : null;
}

export const timestampKind: Kind = {
  isDeclaredBy: (type, format) => type === 'string' && format === 'date-time',
  type: 'timestamp',
  elementType: 'string',
  accepts: ['string'],
  hasOrder: true,
  read(value, refuse) {
    if (typeof value !== 'string') return value;
    const detail = 'must be a date-time such as 2026-01-31T10:00:00Z (RFC 3339), in the years 0001 to 9999';
    return parseTimestamp(value) ?? refuse('format', detail);
  },
  fromCell: textOrNull,
  example: () => '2026-01-31T10:00:00.000Z',
  from: {
    date: widening((value) => midnight(value as string)),
    string: narrowing(timestampIn),
    json: narrowing(timestampIn),
  },
  misfit: (definition) =>
    definition.enum === undefined && definition.const === undefined
      ? undefined
      : 'cannot have enum or const with the format date-time: times are brought to UTC before they are compared',
};

function timestampIn(value: unknown): string | null {
  return typeof value === 'string' ? (parseTimestamp(value) ?? null) : null;
}
