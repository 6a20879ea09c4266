import type { Database, Transaction } from '#data/index.ts';
import { isWorthExplaining } from './conflicts.ts';
import type { IdempotencyRecord, RecordChange, WriteOptions } from './records.ts';

/** A write in three steps. */
export interface WriteSteps<Done, Answer> {
  readonly work: (transaction: Transaction, options: WriteOptions) => Promise<Done>;
  readonly changes: (done: Done) => readonly RecordChange[];
  /** `read` reads what the write has left. */
  readonly answer: (done: Done, read: Database['read']) => Promise<Answer>;
}

/** The transactions that this service commits itself, and who is told of them. */
export class WriteRunner {
  readonly #database: Database;
  readonly #observers: ((change: RecordChange) => void)[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Commits a write, tells of it, and answers: for a journal, with an answer that was made within the transaction. */
  async run<Done, Answer>(
    journal: IdempotencyRecord<Answer> | undefined,
    { work, changes, answer }: WriteSteps<Done, Answer>,
  ): Promise<Answer> {
    if (journal === undefined) {
      const done = await this.#commit(work);
      this.#announce(changes(done));
      return answer(done, (reading) => this.#database.read(reading));
    }
    const { done, made } = await this.#commit(async (transaction, options) => {
      await journal.claim(transaction);
      const done = await work(transaction, options);
      const made = await answer(done, (reading) => reading(transaction));
      await journal.store(transaction, made);
      return { done, made };
    });
    this.#announce(changes(done));
    return made;
  }

  observe(observer: (change: RecordChange) => void): void {
    this.#observers.push(observer);
  }

  /** Commits a transaction. One that conflicts with what is stored is tried again, carefully, to tell all that conflicts. */
  async #commit<T>(work: (transaction: Transaction, options: WriteOptions) => Promise<T>): Promise<T> {
    try {
      return await this.#database.write((transaction) => work(transaction, {}));
    } catch (error) {
      if (!isWorthExplaining(error)) throw error;
      return this.#database.write((transaction) => work(transaction, { findAllConflicts: true }));
    }
  }

  #announce(changes: readonly RecordChange[]): void {
    for (const change of changes) for (const observer of this.#observers) observer(change);
  }
}
