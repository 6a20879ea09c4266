import type { SqliteConnection } from '../sqlite-connection.ts';
import type { SqliteReads } from './reads.ts';

/** Time between a commit and the look at the log. */
const lookMs = 250;
/** Of 4 KB, that are in the log and not yet in the file: 4 MB. */
const pagesMax = 1_000;
/** The log begins anew when all of it is in the file. Where writes never pause, from this length on they have to. */
const logPagesMax = 4_000;

/** The log's length in pages, and how many of them are in the file. */
interface LogState {
  readonly log: number;
  readonly checkpointed: number;
}

/**
 * Copies the log (`-wal`) into the file, in a thread: SQLite would do it within the commit that exceeds 4 MB, which keeps
 * the event loop for tens of milliseconds, and after a large transaction for seconds.
 */
export class Checkpoints {
  readonly #writing: SqliteConnection;
  readonly #reads: SqliteReads;
  #timer: NodeJS.Timeout | undefined;
  #isLong = false;
  #isStopped = false;

  constructor(writing: SqliteConnection, reads: SqliteReads) {
    this.#writing = writing;
    this.#reads = reads;
  }

  /** After each commit, when no transaction is open. */
  noteCommit(): void {
    if (!this.#isStopped) this.#timer ??= setTimeout(() => void this.#look(), lookMs).unref();
  }

  /** To be called before a transaction. Copies the log again if the last copy left it too long; seldom needed. */
  beforeWrite(): Promise<void> | undefined {
    if (!this.#isLong) return undefined;
    this.#isLong = false;
    return this.#reads.checkpoint().catch(() => undefined);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      const { log, checkpointed } = stateOf(this.#writing);
      if (log - checkpointed < pagesMax && log < logPagesMax) return;
      await this.#reads.checkpoint();
      this.#isLong = !this.#isStopped && stateOf(this.#writing).log >= logPagesMax;
    } catch {
      // The next commit looks again. A disk that is full or broken is told of by the commits themselves.
    } finally {
      this.#timer = undefined;
    }
  }
}

/** Costs 12 µs. */
function stateOf({ raw }: SqliteConnection): LogState {
  const none = { log: 0, checkpointed: 0 };
  if (raw.inTransaction) return none;
  const [state = none] = raw.pragma('wal_checkpoint(NOOP)') as LogState[];
  return state;
}
