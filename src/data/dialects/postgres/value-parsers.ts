import { types, type CustomTypesConfig } from 'pg';
import { parseJson } from '#domain/json/digits.ts';

const { INT8, NUMERIC, DATE, TIMESTAMPTZ, JSON: JSON_TEXT, JSONB } = types.builtins;

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: Number,
  [NUMERIC]: (text) => text,
  [DATE]: (text) => text,
  [TIMESTAMPTZ]: utcTimestamp,
  [JSON_TEXT]: parseJson,
  [JSONB]: parseJson,
};

/** Reads values as SQLite gives them: numbers for int8, text for dates, UTC milliseconds for timestamps. */
export const valueParsers: CustomTypesConfig = {
  getTypeParser: ((oid: number) =>
    parsers[oid] ?? types.getTypeParser(oid)) as CustomTypesConfig['getTypeParser'],
};

/** `2026-01-31 10:00:00.12+00` (the session's zone is UTC) → `2026-01-31T10:00:00.120Z`. */
function utcTimestamp(text: string): string {
  const fraction = text.slice(20, text.length - 3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
