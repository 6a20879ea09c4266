import type { Database, Unit } from '#data/index.ts';
import { isWorthExplaining } from './conflicts.ts';
import type { Journal, RecordChange, WriteOptions } from './records.ts';

/** A write in three steps. */
export interface Undertaking<Done, Answer> {
  readonly work: (unit: Unit, options: WriteOptions) => Promise<Done>;
  readonly changes: (done: Done) => readonly RecordChange[];
  /** `read` reads what the write has left. */
  readonly answer: (done: Done, read: Database['read']) => Promise<Answer>;
}

/** The units of work that this service commits itself, and who is told of them. */
export class Commits {
  readonly #database: Database;
  readonly #observers: ((change: RecordChange) => void)[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Commits a write, tells of it, and answers: for a journal, with an answer that was made within the unit. */
  async carryOut<Done, Answer>(
    journal: Journal<Answer> | undefined,
    { work, changes, answer }: Undertaking<Done, Answer>,
  ): Promise<Answer> {
    if (journal === undefined) {
      const done = await this.#commit(work);
      this.#announce(changes(done));
      return answer(done, (reading) => this.#database.read(reading));
    }
    const { done, made } = await this.#commit(async (unit, options) => {
      await journal.open(unit);
      const done = await work(unit, options);
      const made = await answer(done, (reading) => reading(unit));
      await journal.close(unit, made);
      return { done, made };
    });
    this.#announce(changes(done));
    return made;
  }

  observe(observer: (change: RecordChange) => void): void {
    this.#observers.push(observer);
  }

  /** Commits a unit. One that conflicts with what is stored is tried again, carefully, to tell all that conflicts. */
  async #commit<T>(work: (unit: Unit, options: WriteOptions) => Promise<T>): Promise<T> {
    try {
      return await this.#database.write((unit) => work(unit, {}));
    } catch (error) {
      if (!isWorthExplaining(error)) throw error;
      return this.#database.write((unit) => work(unit, { careful: true }));
    }
  }

  #announce(changes: readonly RecordChange[]): void {
    for (const change of changes) for (const observer of this.#observers) observer(change);
  }
}
