import BetterSqlite3 from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import type { Reader, Statement } from '../database.ts';
import { translateSqliteError } from './sqlite-errors.ts';
import { defineDecimals } from './sqlite/decimals.ts';
import { defineFunctions } from './sqlite/functions.ts';
import { defineProgress, withProgressCalls, type ProgressCalls } from './sqlite/progress.ts';

const statementsMax = 1_000;

export interface ConnectionOptions {
  readonly queryOnly: boolean;
  /** How often a statement that walks through rows calls `check`, which may throw to end it. */
  readonly calls: ProgressCalls;
  readonly check: () => void;
}

/** One SQLite connection with its prepared statements (preparing costs three times as much as running). */
export class SqliteConnection implements Reader {
  readonly raw: BetterSqlite3.Database;
  readonly #statements = new LRUCache<string, BetterSqlite3.Statement>({ max: statementsMax });
  readonly #calls: ProgressCalls;
  /** Rows that statements have changed since it was opened. */
  changedRows = 0;

  /** Opens the file, in WAL mode, every commit on disk before it is acknowledged. Throws DatabaseUnavailable. */
  constructor(path: string, { queryOnly, calls, check }: ConnectionOptions) {
    this.#calls = calls;
    this.raw = attempt(() => {
      // Waiting for another process is done in JavaScript (see sqlite-writer.ts): a busy timeout would block the event loop.
      const raw = new BetterSqlite3(path, { timeout: 0 });
      try {
        configure(raw, queryOnly);
        defineProgress(raw, check);
        defineDecimals(raw);
        defineFunctions(raw);
        return raw;
      } catch (error) {
        // A file that is no database is opened all the same, and would stay open until its memory is collected.
        raw.close();
        throw error;
      }
    });
  }

  // Not async functions: a rejected promise is made only where SQLite throws, and nothing else is awaited.
  all<Row>(statement: Statement): Promise<Row[]> {
    try {
      const prepared = this.prepare(statement.sql);
      if (prepared.reader) return Promise.resolve(prepared.all(...statement.parameters) as Row[]);
      prepared.run(...statement.parameters);
      return Promise.resolve([]);
    } catch (error) {
      return Promise.reject(translateSqliteError(error));
    }
  }

  run(statement: Statement): Promise<number> {
    try {
      const prepared = this.prepare(statement.sql);
      if (prepared.reader) return Promise.resolve(prepared.all(...statement.parameters).length);
      const { changes } = prepared.run(...statement.parameters);
      this.changedRows += changes;
      return Promise.resolve(changes);
    } catch (error) {
      return Promise.reject(translateSqliteError(error));
    }
  }

  /** Runs a statement without parameters at once: BEGIN, COMMIT, PRAGMA. Throws the translated error. */
  exec(sql: string): void {
    attempt(() => this.prepare(sql).run());
  }

  /** The prepared statement, cached by its text. Throws SQLite's own errors. */
  prepare(sql: string): BetterSqlite3.Statement {
    let prepared = this.#statements.get(sql);
    if (prepared === undefined) {
      prepared = this.raw.prepare(withProgressCalls(sql, this.#calls));
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }

  /** Forgets the prepared statements after a schema change: they still name the old columns. */
  forgetStatements(): void {
    this.#statements.clear();
  }

  close(): void {
    this.#statements.clear();
    this.raw.close();
  }
}

function configure(raw: BetterSqlite3.Database, queryOnly: boolean): void {
  raw.pragma('busy_timeout = 1000');
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = FULL');
  // These limits hold where checkpoints.ts does not copy the log. After a large transaction it shrinks to 16 MB.
  raw.pragma('wal_autocheckpoint = 32000');
  raw.pragma('journal_size_limit = 16777216');
  raw.pragma('foreign_keys = ON');
  raw.pragma('cache_size = -8000');
  raw.pragma('temp_store = MEMORY');
  raw.pragma('trusted_schema = OFF');
  raw.pragma('busy_timeout = 0');
  if (queryOnly) raw.pragma('query_only = ON');
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw translateSqliteError(error);
  }
}
