import { setTimeout as delay } from 'node:timers/promises';
import type { CommittedChanges, Commits } from '../changes/commits.ts';
import { SqliteEntries } from '../changes/sqlite-entries.ts';
import { DatabaseUnavailable, DefinitionsChanged, type Transaction, type WriteOptions } from '../database.ts';
import { readRevision } from '../schema/revisions.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import type { TransactionWalks } from './sqlite/transaction-walks.ts';

const transactionsPerCommitMax = 256;
const busyDelaysMs = [1, 2, 5, 10, 20, 50];

interface Waiting {
  readonly work: (transaction: Transaction) => Promise<unknown>;
  readonly actor: string | undefined;
  /** See WriteOptions. */
  readonly definitions: number | undefined;
  /** When it is given up if the write lock is not free until then, on the monotonic clock. */
  readonly deadlineMs: number;
  /** It shares no commit: see transaction-walks.ts. */
  readonly isAlone: boolean;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

interface Apart {
  readonly run: () => Promise<void>;
}

export interface SqliteWriterOptions {
  /** How long a transaction waits for the write lock, its time in line included. */
  readonly busyTimeoutMs: number;
  /** Receives the changes of each commit. */
  readonly commits: Commits;
  /** Told of a commit that has changed something. */
  readonly onChange: () => void;
  readonly onFailure: (error: unknown) => void;
  /** A transaction begins after this promise; undefined when there is nothing to wait for. */
  readonly beforeWrite: () => Promise<void> | undefined;
  readonly walks: TransactionWalks;
}

/** `again`: by itself. */
type Outcome = { readonly value: unknown } | { readonly error: unknown } | 'again';

/**
 * The one writer of a SQLite database. Transactions that wait at the same time share one `BEGIN IMMEDIATE … COMMIT`, each in
 * a savepoint of its own, and nobody is answered before the commit: one sync to disk acknowledges all of them.
 */
export class SqliteWriter {
  readonly #connection: SqliteConnection;
  readonly #transaction: Transaction;
  readonly #options: SqliteWriterOptions;
  readonly #entries: SqliteEntries;
  #queue: (Waiting | Apart)[] = [];
  #running: Promise<void> | undefined;

  constructor(connection: SqliteConnection, options: SqliteWriterOptions) {
    this.#connection = connection;
    this.#entries = new SqliteEntries(connection);
    this.#options = options;
    this.#transaction = {
      isTransaction: true,
      all: options.walks.all.bind(options.walks),
      run: connection.run.bind(connection),
    };
  }

  write<T>(
    work: (transaction: Transaction) => Promise<T>,
    { actor, definitions }: WriteOptions = {},
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const deadlineMs = performance.now() + this.#options.busyTimeoutMs;
      this.#queue.push({ work, actor, definitions, deadlineMs, isAlone: false, resolve, reject });
      this.#start();
    });
  }

  /** Runs when no transaction is open and lets none begin until it is done; `begin` and the end are its own. */
  alone<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const connection = this.#connection;
      const transaction: Transaction = {
        isTransaction: true,
        all: connection.all.bind(connection),
        run: connection.run.bind(connection),
      };
      this.#queue.push({ run: () => work(transaction).then(resolve, reject) });
      this.#start();
    });
  }

  /** Whether transactions are at work or in line. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Settles when everything that was asked for is done. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Takes the write lock; another process may hold it, so tries again until `deadlineMs`, without blocking the loop. */
  async begin(deadlineMs: number): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        this.#connection.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        const busy = error instanceof DatabaseUnavailable && error.reason === 'busy';
        if (!busy || performance.now() >= deadlineMs) throw error;
        await delay(busyDelaysMs[Math.min(attempt, busyDelaysMs.length - 1)]);
      }
    }
  }

  #start(): void {
    // The next turn of the loop: every request that has arrived by then joins the commit, and others have their turn.
    this.#running ??= new Promise((resolve) => setImmediate(resolve))
      .then(() => this.#commitNext())
      .finally(() => {
        this.#running = undefined;
        if (this.#queue.length > 0) this.#start();
      });
  }

  async #commitNext(): Promise<void> {
    const first = this.#queue[0] as Waiting | Apart;
    if ('run' in first) {
      this.#queue.shift();
      await first.run();
      return;
    }
    await this.#options.beforeWrite();
    if (!(await this.#beginForFirst())) return;
    // Also those that have come while the lock was not free.
    const next = this.#queue.findIndex((entry) => 'run' in entry || entry.isAlone);
    const count = Math.min(next < 0 ? this.#queue.length : Math.max(1, next), transactionsPerCommitMax);
    await this.#commitTogether(this.#queue.splice(0, count) as Waiting[]);
  }

  /** Takes the write lock for the transactions in line; those that have waited too long for it are given up. */
  async #beginForFirst(): Promise<boolean> {
    try {
      await this.begin((this.#queue[0] as Waiting).deadlineMs);
      return true;
    } catch (error) {
      this.#options.onFailure(error);
      const now = performance.now();
      const isBusy = error instanceof DatabaseUnavailable && error.reason === 'busy';
      const isOver = (entry: Waiting | Apart) => !('run' in entry) && (!isBusy || entry.deadlineMs <= now);
      const [over, left] = [this.#queue.filter(isOver), this.#queue.filter((entry) => !isOver(entry))];
      this.#queue = left;
      for (const entry of over) (entry as Waiting).reject(error);
      return false;
    }
  }

  async #commitTogether(group: readonly Waiting[]): Promise<void> {
    let outcomes: Outcome[];
    let changed: CommittedChanges;
    const { changedRows } = this.#connection;
    try {
      await this.#entries.begin();
      outcomes = [];
      // No other process changes them while the write lock is held.
      const revision = group.some(reliesOnDefinitions) ? await readRevision(this.#connection) : undefined;
      for (const one of group) {
        const isOutdated = reliesOnDefinitions(one) && one.definitions !== revision;
        outcomes.push(isOutdated ? { error: new DefinitionsChanged() } : await this.#runOne(one));
      }
      changed = await this.#entries.end();
      this.#connection.exec('COMMIT');
      if (this.#connection.changedRows > changedRows) this.#options.onChange();
    } catch (error) {
      this.#options.onFailure(error);
      // Nothing of any transaction was kept: SQLite has given the transaction up, or it is given up here.
      this.rollback();
      for (const one of group) one.reject(error);
      return;
    }
    this.#options.commits.announce(changed);
    for (const [index, outcome] of outcomes.entries()) {
      const one = group[index] as Waiting;
      if (outcome === 'again') this.#queue.unshift({ ...one, isAlone: true });
      else if ('error' in outcome) one.reject(outcome.error);
      else one.resolve(outcome.value as never);
    }
  }

  async #runOne(one: Waiting): Promise<Outcome> {
    await this.#entries.actFor(one.actor);
    const { walks } = this.#options;
    walks.begin(one);
    this.#connection.exec('SAVEPOINT unit');
    try {
      const value = await one.work(this.#transaction);
      this.#connection.exec('RELEASE unit');
      return { value };
    } catch (error) {
      // A full disk or a read error makes SQLite roll the whole transaction back, the other transactions' work with it.
      if (!this.#connection.raw.inTransaction)
        throw error instanceof DatabaseUnavailable
          ? error
          : new DatabaseUnavailable('unreachable', { cause: error });
      this.#options.onFailure(error);
      this.#connection.exec('ROLLBACK TO unit');
      this.#connection.exec('RELEASE unit');
      return walks.isGivenUp ? 'again' : { error };
    }
  }

  /** Commits a change that changes nothing. Throws DatabaseUnavailable; `busy` at once when another process writes. */
  writeNothing(): Promise<void> {
    return this.alone(async () => {
      await this.begin(performance.now());
      try {
        const version = this.#connection.raw.pragma('user_version', { simple: true });
        this.#connection.exec(`PRAGMA user_version = ${Number(version)}`);
        this.#connection.exec('COMMIT');
      } finally {
        this.rollback();
      }
    });
  }

  rollback(): void {
    if (this.#connection.raw.inTransaction) this.#connection.exec('ROLLBACK');
  }
}

function reliesOnDefinitions({ definitions }: Waiting): boolean {
  return definitions !== undefined;
}
