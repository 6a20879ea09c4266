import { LRUCache } from 'lru-cache';
import { types, type PoolClient, type QueryConfig, type CustomTypesConfig } from 'pg';
import type { Reader, Statement } from '../database.ts';
import { translatePostgresError } from './postgres-errors.ts';

const namesMax = 500;
const usesBeforeNaming = 2;

/**
 * Gives SQL texts that come again a name, so that a connection parses and plans each once. Bounded: filters of callers
 * make endless texts, and a server keeps what was named for as long as the connection lives.
 */
export class StatementNames {
  readonly #uses = new LRUCache<string, number>({ max: 4 * namesMax });
  readonly #names = new Map<string, string>();
  #generation = 0;

  nameFor(sql: string): string | undefined {
    const name = this.#names.get(sql);
    if (name !== undefined) return name;
    const uses = (this.#uses.get(sql) ?? 0) + 1;
    this.#uses.set(sql, uses);
    if (uses <= usesBeforeNaming || this.#names.size >= namesMax) return undefined;
    const fresh = `p${this.#generation}_${this.#names.size}`;
    this.#names.set(sql, fresh);
    return fresh;
  }

  /** After a schema change, here or on another replica: the plans that connections hold are of no use. */
  forget(): void {
    this.#names.clear();
    this.#uses.clear();
    this.#generation += 1;
  }
}

/** A client taken from the pool, as a session. */
export function readerOf(client: PoolClient, names: StatementNames, queryTimeoutMs?: number): Reader {
  async function query(statement: Statement) {
    const name = names.nameFor(statement.sql);
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
