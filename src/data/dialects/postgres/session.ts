import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { DatabaseUnavailable, type Reader, type Statement } from '../../database.ts';
import { translatePostgresError } from './errors.ts';
import type { StatementNames } from './statement-names.ts';

export interface SessionOptions {
  /** Absent where the next transaction may run in another session of the server. */
  readonly names: StatementNames | undefined;
  /** Begins a transaction, with the limits that a session does not bring along. */
  readonly begin: string;
  /** Limits and time zone hold in transactions only, so every statement has to be in one. */
  readonly needsTransaction: boolean;
  /** Ends the statement under way, and keeps those that would follow from being sent. */
  readonly signal?: AbortSignal | undefined;
  /** Cancels the statement that a process of the server is running. Does not throw. */
  cancel(process: number): Promise<void>;
}

/** A connection for the time of one piece of work. */
export class Session {
  readonly #client: PoolClient;
  readonly #options: SessionOptions;
  /** The process of the server that runs the statements. Behind a pooler it is another one for each transaction. */
  #process: number;

  constructor(client: PoolClient, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
    this.#process = (client as { processID?: number | null }).processID ?? 0;
  }

  get needsTransaction(): boolean {
    return this.#options.needsTransaction;
  }

  /** Statements in the transaction that is under way, or outside of one where the session has its limits. */
  statements({ queryTimeoutMs }: { readonly queryTimeoutMs?: number } = {}): Reader {
    const timeout = queryTimeoutMs === undefined ? {} : { query_timeout: queryTimeoutMs };
    const run = ({ sql, parameters }: Statement) => {
      const name = this.#options.names?.nameFor(sql);
      const named = name === undefined ? {} : { name };
      return this.#cancellable({ text: sql, values: parameters as unknown[], ...named, ...timeout });
    };
    return {
      all: async <Row>(statement: Statement) => (await run(statement)).rows as Row[],
      run: async (statement) => (await run(statement)).rowCount ?? 0,
    };
  }

  /** Begins a transaction; `more` are settings of it. */
  async begin(more: readonly string[] = []): Promise<void> {
    const { begin, needsTransaction } = this.#options;
    const asking = needsTransaction ? ['SELECT pg_backend_pid() AS "process"'] : [];
    const results = await this.control([begin, ...more, ...asking].join('; '));
    const told = results.find(({ fields }) => fields[0]?.name === 'process');
    this.#process = (told?.rows[0] as { process: number } | undefined)?.process ?? this.#process;
  }

  /** Runs a statement that the signal does not cancel: the outcome of a commit must be known. */
  async control(sql: string): Promise<readonly QueryResult[]> {
    // Statements that share a round trip have a result each.
    const results: QueryResult | readonly QueryResult[] = await this.#query({ text: sql });
    return [results].flat();
  }

  async #cancellable(query: QueryConfig): Promise<QueryResult> {
    const { signal } = this.#options;
    if (signal === undefined) return this.#query(query);
    if (signal.aborted) throw new DatabaseUnavailable('cancelled');
    let cancelling: Promise<void> | undefined;
    const cancel = () => {
      cancelling = this.#options.cancel(this.#process);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#query(query);
    } catch (error) {
      if (cancelling !== undefined && error instanceof DatabaseUnavailable && error.reason === 'timeout')
        throw new DatabaseUnavailable('cancelled', { cause: error });
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
      // It must not come late and end the statement of another one.
      await cancelling;
    }
  }

  async #query(query: QueryConfig): Promise<QueryResult> {
    try {
      return await this.#client.query(query);
    } catch (error) {
      throw translatePostgresError(error);
    }
  }
}
