import { LRUCache } from 'lru-cache';
import { DatabaseUnavailable, type Statement } from '../../database.ts';
import type { SqliteConnection } from '../sqlite-connection.ts';
import type { StatementTime } from './statement-time.ts';
import { isWalk, StatementInterrupted } from './progress.ts';
import { ReaderThread } from './reader-thread.ts';

const statementsMax = 1_000;
/** The budget of a statement in a transaction that shares its commit, in milliseconds. */
const loopBudgetMs = 20;
/** The budget in a lone transaction that has written, in ms: no other connection sees its uncommitted writes. */
const changedBudgetMs = 250;

export interface TransactionWalksOptions {
  readonly path: string;
  readonly connection: SqliteConnection;
  /** The limit that the connection's progress function checks. */
  readonly time: StatementTime;
  readonly statementTimeoutMs: number;
}

/**
 * The statements of transactions that walk through rows, which are those of rules. One that takes long is given up, and
 * its transaction done again by itself: then nothing is changed yet that is not committed, and nobody else can write, so
 * that a thread sees the same data as the transaction.
 */
export class TransactionWalks {
  readonly #options: TransactionWalksOptions;
  /** Whether a statement walks, by its text. */
  readonly #known = new LRUCache<string, boolean>({ max: statementsMax });
  #isAlone = false;
  #changedRows = 0;
  #isGivenUp = false;
  #thread: ReaderThread | undefined;

  constructor(options: TransactionWalksOptions) {
    this.#options = options;
  }

  /** Whether the transaction at hand has to be done again by itself. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** To be called when a transaction has begun, after the statements that prepare it. */
  begin({ isAlone }: { readonly isAlone: boolean }): void {
    this.#isAlone = isAlone;
    this.#isGivenUp = false;
    this.#changedRows = this.#options.connection.changedRows;
  }

  all<Row>(statement: Statement): Promise<Row[]> {
    let walks = this.#known.get(statement.sql);
    if (walks === undefined) this.#known.set(statement.sql, (walks = isWalk(statement.sql)));
    return walks ? this.#walk(statement) : this.#options.connection.all(statement);
  }

  async #walk<Row>(statement: Statement): Promise<Row[]> {
    const { connection, time } = this.#options;
    const hasChanged = connection.changedRows > this.#changedRows;
    if (this.#isAlone && !hasChanged) return this.#inThread(statement);
    const limitMs = this.#isAlone ? changedBudgetMs : loopBudgetMs;
    try {
      return await time.limit(limitMs, () => connection.all<Row>(statement));
    } catch (error) {
      if (!(error instanceof StatementInterrupted)) throw error;
      this.#isGivenUp = !this.#isAlone;
      throw new DatabaseUnavailable('timeout', { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }

  async #inThread<Row>(statement: Statement): Promise<Row[]> {
    if (this.#thread?.isLost !== false) this.#thread = new ReaderThread(this.#options.path);
    const thread = this.#thread;
    try {
      const { rows } = await thread.run(statement, this.#options.statementTimeoutMs);
      return rows as Row[];
    } catch (error) {
      throw error instanceof StatementInterrupted
        ? new DatabaseUnavailable('timeout', { cause: error })
        : error;
    } finally {
      thread.end();
    }
  }
}
