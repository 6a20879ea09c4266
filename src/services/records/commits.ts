import type { Database, Unit } from '#data/index.ts';
import { isWorthExplaining } from './conflicts.ts';
import type { RecordChange } from './records.ts';
import type { CarefulOptions } from './write.ts';

/** The units of work that this service commits itself, and who is told of them. */
export class Commits {
  readonly #database: Database;
  readonly #observers: ((change: RecordChange) => void)[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /** Commits a unit. One that conflicts with what is stored is tried again, carefully, to tell all that conflicts. */
  async commit<T>(work: (unit: Unit, options: CarefulOptions) => Promise<T>): Promise<T> {
    try {
      return await this.#database.write((unit) => work(unit, {}));
    } catch (error) {
      if (!isWorthExplaining(error)) throw error;
      return this.#database.write((unit) => work(unit, { careful: true }));
    }
  }

  announce(change: RecordChange): void {
    for (const observer of this.#observers) observer(change);
  }

  observe(observer: (change: RecordChange) => void): void {
    this.#observers.push(observer);
  }
}
