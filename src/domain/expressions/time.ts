/** Timestamps are strings in one form, `2026-01-31T10:00:00.000Z`, dates are `2026-01-31`, durations milliseconds. */

/** 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z, in milliseconds since 1970. */
export const firstInstantMs = -62_135_596_800_000;
export const lastInstantMs = 253_402_300_799_999;

/** 10,000 years: what CEL allows for a duration. */
const maxDurationMs = 315_576_000_000_000n;

const instantForm = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const dateForm = /^\d{4}-\d\d-\d\d$/;

/** RFC 3339 text as a timestamp, a date as its midnight in UTC; digits beyond milliseconds are cut. */
export function parseTimestamp(text: string): string | undefined {
  if (dateForm.test(text)) return isDate(text) ? midnight(text) : undefined;
  const match = instantForm.exec(text);
  if (match === null) return undefined;
  const [, day, hours, minutes, seconds, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match;
  if (!isRealDate(day!) || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59)
    return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000 * (sign === '-' ? -1 : 1);
  const local = Date.parse(`${day}T${hours}:${minutes}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  return instant(local - offsetMs) ?? undefined;
}

/** A day of the years 0001 to 9999. */
export function isDate(text: string): boolean {
  return isRealDate(text) && text >= '0001-01-01';
}

function isRealDate(text: string): boolean {
  if (!dateForm.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

export const midnight = (day: string): string => `${day}T00:00:00.000Z`;

/** Null outside the years 0001 to 9999. */
export function instant(ms: number): string | null {
  return ms >= firstInstantMs && ms <= lastInstantMs ? new Date(ms).toISOString() : null;
}

const unitMs: Readonly<Record<string, bigint>> = { h: 3_600_000n, m: 60_000n, s: 1000n, ms: 1n };

/** `1h30m`, `-1.5s`, `250ms` in milliseconds. Parts of a millisecond and more than 10,000 years are not durations. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d{1,18}(?:\.\d{1,18})?(?:ms|[hms]))+)$/.exec(text);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of match[2]!.matchAll(/(\d+)(?:\.(\d+))?(ms|[hms])/g)) {
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction) * unitMs[unit]!;
    if (scaled % scale !== 0n) return undefined;
    total += scaled / scale;
  }
  if (total > maxDurationMs) return undefined;
  return total === 0n ? 0 : Number(match[1] === '-' ? -total : total);
}
