import { types, type ClientBase, type QueryConfig, type CustomTypesConfig } from 'pg';
import type { Reader, Statement } from '../database.ts';
import type { StatementNames } from './postgres/statement-names.ts';
import { translatePostgresError } from './postgres-errors.ts';

/** Runs statements on a connection; without names each is planned anew. */
export function readerOf(
  client: ClientBase,
  names: StatementNames | undefined,
  queryTimeoutMs?: number,
): Reader {
  async function query(statement: Statement) {
    const name = names?.nameFor(statement.sql);
    const config: QueryConfig & { query_timeout?: number } = {
      text: statement.sql,
      values: statement.parameters as unknown[],
      ...(name === undefined ? {} : { name }),
      ...(queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs }),
    };
    try {
      return await client.query(config);
    } catch (error) {
      throw translatePostgresError(error);
    }
  }
  return {
    all: async <Row>(statement: Statement) => (await query(statement)).rows as Row[],
    run: async (statement) => (await query(statement)).rowCount ?? 0,
  };
}

const { INT8, NUMERIC, DATE, TIMESTAMPTZ } = types.builtins;

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [INT8]: Number,
  [NUMERIC]: Number,
  [DATE]: (text) => text,
  [TIMESTAMPTZ]: utcTimestamp,
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
