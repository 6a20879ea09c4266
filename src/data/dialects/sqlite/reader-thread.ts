import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DatabaseUnavailable, type Statement } from '../../database.ts';
import { translateSqliteError } from '../sqlite-errors.ts';
import { StatementInterrupted } from './progress.ts';
import { sharedSlots, type FromReader, type ReaderData, type ToReader } from './reader-messages.ts';

/** The grace beyond a limit, in ms: SQLite calls no progress function within a large row and in the final sort. */
const graceMs = 2_000;
/** Rows come one at a time, and few are large. A thread that exceeds this ends, the process does not. */
const heap = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 256 };

export interface ThreadResult {
  readonly rows: readonly object[];
  readonly tookMs: number;
}

interface Pending {
  readonly rows: object[];
  readonly timer: NodeJS.Timeout;
  readonly resolve: (result: ThreadResult) => void;
  readonly reject: (error: unknown) => void;
}

/** The worker's file: `.ts` when this module runs from source, `.js` when it is compiled. */
const workerFile = new URL(`./reader.worker${extname(import.meta.filename)}`, import.meta.url);

/**
 * A thread with a connection of its own. Statements between two `end` see one snapshot of the database. Throws
 * StatementInterrupted for a statement that has used up its time or was cancelled.
 */
export class ReaderThread {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  readonly #pending: Pending[] = [];
  #number = 0;
  #lost: DatabaseUnavailable | undefined;
  readonly ended: Promise<void>;

  constructor(path: string) {
    const data: ReaderData = { path, shared: this.#shared };
    this.#worker = new Worker(workerFile, { workerData: data, resourceLimits: heap, name: 'plinth-reader' });
    this.#worker.unref();
    this.#worker.on('message', (message: FromReader) => this.#take(message));
    this.#worker.on('error', (error: Error) => this.#lose(error));
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#lose(undefined);
        resolve();
      });
    });
  }

  /** It has ended, or does not answer: it is of no more use. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Runs a statement. With `isShort` the limit counts processor time, and not time by the clock. */
  run(statement: Statement, timeoutMs: number, { isShort = false } = {}): Promise<ThreadResult> {
    return this.#run(statement, timeoutMs, { isShort, isAlone: false });
  }

  /** The same without a snapshot around it. */
  runAlone(statement: Statement, timeoutMs: number): Promise<ThreadResult> {
    return this.#run(statement, timeoutMs, { isShort: false, isAlone: true });
  }

  #run(
    { sql, parameters, lengthMax }: Statement,
    timeoutMs: number,
    kind: { readonly isShort: boolean; readonly isAlone: boolean },
  ): Promise<ThreadResult> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => void this.close(), timeoutMs + graceMs);
      this.#pending.push({ rows: [], timer, resolve, reject });
      this.#worker.ref();
      const number = ++this.#number;
      this.#send({ kind: 'run', number, sql, parameters, lengthMax, timeoutMs, ...kind });
    });
  }

  /** Ends the statement that runs, at its next row. */
  cancel(): void {
    Atomics.store(this.#shared, sharedSlots.cancelled, this.#number);
  }

  end(): void {
    if (this.#lost === undefined) this.#send({ kind: 'end' });
  }

  /** Ends the thread, at the latest when the statement that runs comes to its next row. */
  async close(): Promise<void> {
    this.cancel();
    this.#lose(undefined);
    await this.#worker.terminate();
  }

  #send(message: ToReader): void {
    // eslint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
    this.#worker.postMessage(message);
  }

  #take(message: FromReader): void {
    const first = this.#pending[0];
    if (first === undefined) return;
    if (message.kind === 'rows') {
      for (const row of message.rows) first.rows.push(objectOf(message.columns, row));
      if (message.isPart) {
        // The next part comes after the other work of the event loop.
        setImmediate(() => this.#acknowledge());
        return;
      }
    }
    this.#pending.shift();
    clearTimeout(first.timer);
    if (this.#pending.length === 0) this.#worker.unref();
    if (message.kind === 'rows') first.resolve({ rows: first.rows, tookMs: message.tookMs });
    else if (message.kind === 'interrupted') first.reject(new StatementInterrupted());
    else first.reject(translateSqliteError(errorOf(message)));
  }

  #acknowledge(): void {
    Atomics.add(this.#shared, sharedSlots.acknowledged, 1);
    Atomics.notify(this.#shared, sharedSlots.acknowledged);
  }

  #lose(cause: Error | undefined): void {
    this.#lost ??= new DatabaseUnavailable(cause === undefined ? 'timeout' : 'unreachable', { cause });
    for (const { timer, reject } of this.#pending.splice(0)) {
      clearTimeout(timer);
      reject(this.#lost);
    }
  }
}

function objectOf(columns: readonly string[], values: readonly unknown[]): object {
  const row: Record<string, unknown> = {};
  for (const [index, column] of columns.entries()) row[column] = values[index];
  return row;
}

function errorOf({ message, code }: FromReader & { kind: 'failed' }): Error {
  return Object.assign(new Error(message), code !== undefined && { code });
}
