import { DatabaseUnavailable, type Demand, type Reader, type Statement } from '../../database.ts';
import type { SqliteConnection } from '../sqlite-connection.ts';
import { StatementInterrupted } from './progress.ts';
import type { Place, ReaderPool, ThreadLane } from './reader-pool.ts';
import type { ReaderThread } from './reader-thread.ts';
import { shortBudgetMs, type Lane, type StatementCosts } from './statement-costs.ts';

const clockFactor = 3;
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
  /** For the event loop. Its `check` is `checkLoop`. */
  readonly connection: SqliteConnection;
  readonly loopTime: LoopTime;
  readonly costs: StatementCosts;
  readonly pool: ReaderPool;
  readonly statementTimeoutMs: number;
}

/** The time that the statement which runs on the event loop may still take. */
export class LoopTime {
  #limitMs = Infinity;
  #endMs = Infinity;
  /** Processor time of this thread when the limit was reached by the clock. */
  #usedMs: number | undefined;

  /**
   * Throws StatementInterrupted when it is over. By the clock alone, a machine that is busy with other things would end
   * what is cheap: then the statement gets the time once more, of the processor, and four times the limit by the clock.
   */
  readonly check = (): void => {
    const now = performance.now();
    if (now <= this.#endMs) return;
    this.#usedMs ??= processorMs();
    const isSlow = now > this.#endMs + clockFactor * this.#limitMs;
    if (isSlow || processorMs() - this.#usedMs > this.#limitMs) throw new StatementInterrupted();
  };

  /** Runs what SQLite does at once, before the promise is there. */
  limit<T>(limitMs: number, run: () => Promise<T>): Promise<T> {
    this.#limitMs = limitMs;
    this.#endMs = performance.now() + limitMs;
    this.#usedMs = undefined;
    try {
      return run();
    } finally {
      this.#endMs = Infinity;
    }
  }
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Reads on the event loop as long as they are quick there, else in a thread. */
export class SqliteReads {
  readonly #options: SqliteReadsOptions;
  readonly #onLoop: Reader;

  constructor(options: SqliteReadsOptions) {
    this.#options = options;
    const { connection } = options;
    this.#onLoop = {
      all: (statement) => this.#allOnLoop(statement),
      run: (statement) => connection.run(statement),
    };
  }

  async read<T>(work: (reader: Reader) => Promise<T>, demand: Demand = {}): Promise<T> {
    try {
      return await work(this.#onLoop);
    } catch (error) {
      if (!(error instanceof NeedsThread)) throw error;
      const place: Place = { lane: error.lane, waitUntilMs: performance.now() + waitMaxMs };
      return this.#inThread(place, work, demand);
    }
  }

  async #inThread<T>(place: Place, work: (reader: Reader) => Promise<T>, demand: Demand): Promise<T> {
    try {
      return await this.#options.pool.use(place, demand, (thread) =>
        work(this.#readerOf(thread, place.lane)),
      );
    } catch (error) {
      if (demand.signal?.aborted === true) throw new DatabaseUnavailable('cancelled', { cause: error });
      if (!(error instanceof NeedsThread)) throw error;
      return this.#inThread({ ...place, lane: error.lane }, work, demand);
    }
  }

  #allOnLoop<Row>(statement: Statement): Promise<Row[]> {
    const { connection, loopTime, costs } = this.#options;
    const lane = costs.laneOf(statement.sql);
    if (lane === 'unlimited') return connection.all(statement);
    if (lane !== 'loop') return Promise.reject(new NeedsThread(lane));
    return loopTime
      .limit(costs.loopBudgetMs(), () => connection.all<Row>(statement))
      .catch((error: unknown) => this.#moveOn(error, statement, 'loop'));
  }

  #readerOf(thread: ReaderThread, lane: ThreadLane): Reader {
    const { costs, statementTimeoutMs } = this.#options;
    const limitMs = lane === 'long' ? statementTimeoutMs : Math.min(shortBudgetMs, statementTimeoutMs);
    const run = async (statement: Statement) => {
      if (lane === 'short' && costs.laneOf(statement.sql) === 'long') throw new NeedsThread('long');
      const { rows, tookMs } = await thread
        .run(statement, limitMs)
        .catch((error: unknown) => this.#moveOn(error, statement, lane));
      costs.finished(statement.sql, tookMs);
      return rows;
    };
    return {
      all: async <Row>(statement: Statement) => (await run(statement)) as Row[],
      run: async (statement) => (await run(statement)).length,
    };
  }

  #moveOn(error: unknown, { sql }: Statement, lane: Lane): never {
    if (!(error instanceof StatementInterrupted)) throw error;
    if (lane === 'long') throw new DatabaseUnavailable('timeout', { cause: error });
    this.#options.costs.exceeded(sql, lane);
    throw new NeedsThread(lane === 'loop' ? 'short' : 'long');
  }
}
