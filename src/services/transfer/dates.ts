import { Problem } from '#domain/errors/problem.ts';

/** Reads a date of one format as `YYYY-MM-DD`. Any other text is returned as it is, for the validator to refuse. */
export type DateReader = (text: string) => string;

const parts = {
  YYYY: '(?<year>\\d{4})',
  MMM: '(?<monthName>\\p{L}{3,9})\\.?',
  MM: '(?<month>\\d{2})',
  DD: '(?<day>\\d{2})',
  M: '(?<month>\\d{1,2})',
  D: '(?<day>\\d{1,2})',
};

const months = 'january february march april may june july august september october november december'.split(
  ' ',
);

/**
 * `YYYY`, `MM` or `M`, `DD` or `D`, and `MMM` for an English month, short or long; all else stands for itself.
 * Throws `invalid_import` for a format without year, month and day.
 */
export function createDateReader(format: string): DateReader {
  const seen = new Set<string>();
  const source = format.replaceAll(/YYYY|MMM|MM|DD|M|D|[^YMD]+|./g, (token) => {
    const part = (parts as Readonly<Record<string, string>>)[token];
    if (part === undefined) return RegExp.escape(token);
    seen.add(token[0] as string);
    return part;
  });
  const fields = format.match(/Y+|M+|D+/g) ?? [];
  if (fields.length !== 3 || seen.size !== 3 || fields.some((field) => !Object.hasOwn(parts, field))) {
    throw new Problem('invalid_import', {
      detail: `"${format}" is no date format: write YYYY, one of MMM, MM or M, and one of DD or D once each, as in "MMM DD YYYY" or "D.M.YYYY".`,
    });
  }
  const pattern = new RegExp(`^${source}$`, 'u');
  return (text) => {
    const { year, month, monthName, day } = pattern.exec(text.trim())?.groups ?? {};
    if (year === undefined || day === undefined) return text;
    const number = monthName === undefined ? Number(month) : monthNumber(monthName);
    return number === 0 ? text : `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
  };
}

/** The number of a month from 1; 0 for another word. */
function monthNumber(name: string): number {
  const lower = name.toLowerCase();
  return (
    months.findIndex(
      (month) =>
        lower === month || lower === month.slice(0, 3) || (month === 'september' && lower === 'sept'),
    ) + 1
  );
}
