import { DatabaseUnavailable, type Demand, type Reader, type Statement } from '../../database.ts';
import { SqliteConnection } from '../sqlite-connection.ts';
import { StatementTime } from './statement-time.ts';
import { StatementInterrupted } from './progress.ts';
import { ReaderPool, type Place, type ThreadLane } from './reader-pool.ts';
import type { ReaderThread } from './reader-thread.ts';
import { shortBudgetMs, StatementCosts, type Lane } from './statement-costs.ts';

/** Of a read, for threads in all. */
const waitMaxMs = 5_000;

/** Ends a read where it is, to be done again in that lane: all its statements there, on one snapshot. */
class NeedsThread extends Error {
  override readonly name = 'NeedsThread';
  readonly lane: ThreadLane;

  constructor(lane: ThreadLane) {
    super(`this read needs a ${lane} thread`);
    this.lane = lane;
  }
}

export interface SqliteReadsOptions {
  readonly statementTimeoutMs: number;
  /** Told of damage. */
  readonly onFailure: (error: unknown) => void;
}

/** Reads on the event loop as long as they are quick there, else in a thread. */
export class SqliteReads {
  readonly #options: SqliteReadsOptions;
  readonly #statementTime = new StatementTime();
  readonly #connection: SqliteConnection;
  readonly #costs = new StatementCosts();
  readonly #pool: ReaderPool;
  readonly #onLoop: Reader;

  /** Opens the file. Throws DatabaseUnavailable. */
  constructor(path: string, options: SqliteReadsOptions) {
    this.#options = options;
    const { check } = this.#statementTime;
    this.#connection = new SqliteConnection(path, { queryOnly: true, calls: 'seldom', check });
    this.#pool = new ReaderPool(path);
    this.#onLoop = {
      all: (statement) => this.#allOnLoop(statement),
      run: (statement) => this.#connection.run(statement),
    };
  }

  async ping(): Promise<void> {
    await this.#connection.all({ sql: 'SELECT 1', parameters: [] });
  }

  /** Without a limit of time: for commands. */
  onLoop<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    return work(this.#connection);
  }

  /** After a change of the schema. */
  forgetStatements(): void {
    this.#connection.forgetStatements();
    this.#costs.forget();
  }

  /** Copies the log into the file as far as nobody needs it, in a thread. */
  async checkpoint(): Promise<void> {
    const place: Place = { lane: 'short', waitUntilMs: performance.now() + waitMaxMs };
    const statement = { sql: 'PRAGMA wal_checkpoint(PASSIVE)', parameters: [] };
    await this.#pool.use(place, { caller: 'checkpoint' }, (thread) => thread.runAlone(statement, waitMaxMs));
  }

  async close(): Promise<void> {
    await this.#pool.close();
    this.#connection.close();
  }

  async read<T>(work: (reader: Reader) => Promise<T>, demand: Demand = {}): Promise<T> {
    try {
      return await work(this.#onLoop);
    } catch (error) {
      if (!(error instanceof NeedsThread)) throw this.#noted(error);
      const place: Place = { lane: error.lane, waitUntilMs: performance.now() + waitMaxMs };
      return this.#inThread(place, work, demand);
    }
  }

  async #inThread<T>(place: Place, work: (reader: Reader) => Promise<T>, demand: Demand): Promise<T> {
    try {
      return await this.#pool.use(place, demand, (thread) => work(this.#readerOf(thread, place.lane)));
    } catch (error) {
      if (demand.signal?.aborted === true) throw new DatabaseUnavailable('cancelled', { cause: error });
      if (!(error instanceof NeedsThread)) throw this.#noted(error);
      return this.#inThread({ ...place, lane: error.lane }, work, demand);
    }
  }

  #allOnLoop<Row>(statement: Statement): Promise<Row[]> {
    const [costs, connection] = [this.#costs, this.#connection];
    const lane = costs.laneOf(statement.sql);
    if (lane === 'unlimited') return connection.all(statement);
    if (lane !== 'loop') return Promise.reject(new NeedsThread(lane));
    return this.#statementTime
      .limit(costs.loopBudgetMs(), () => connection.all<Row>(statement))
      .catch((error: unknown) => this.#moveOn(error, statement, 'loop'));
  }

  #readerOf(thread: ReaderThread, lane: ThreadLane): Reader {
    const { statementTimeoutMs } = this.#options;
    const costs = this.#costs;
    const limitMs = lane === 'long' ? statementTimeoutMs : Math.min(shortBudgetMs, statementTimeoutMs);
    const run = async (statement: Statement) => {
      if (lane === 'short' && costs.laneOf(statement.sql) === 'long') throw new NeedsThread('long');
      const { rows, tookMs } = await thread
        .run(statement, limitMs, { isShort: lane === 'short' })
        .catch((error: unknown) => this.#moveOn(error, statement, lane));
      costs.finished(statement.sql, tookMs);
      return rows;
    };
    return {
      all: async <Row>(statement: Statement) => (await run(statement)) as Row[],
      run: async (statement) => (await run(statement)).length,
    };
  }

  /** Of the reasons why a read fails, damage tells something of the file. */
  #noted(error: unknown): unknown {
    if (error instanceof DatabaseUnavailable && error.reason === 'damaged') this.#options.onFailure(error);
    return error;
  }

  #moveOn(error: unknown, { sql }: Statement, lane: Lane): never {
    if (!(error instanceof StatementInterrupted)) throw error;
    if (lane === 'long') throw new DatabaseUnavailable('timeout', { cause: error });
    this.#costs.exceeded(sql, lane);
    throw new NeedsThread(lane === 'loop' ? 'short' : 'long');
  }
}
