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
