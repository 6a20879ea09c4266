import { ReferenceViolation, UniqueViolation, type Database, type Transaction } from '#data/index.ts';
import { Problem } from '#domain/errors/problem.ts';

/** A record that this process has changed or deleted; not those that the database deleted along with it. */
export interface RecordChange {
  readonly collection: string;
  readonly id: string;
  readonly removed: boolean;
}

/** A transaction, with what the writes in it share. */
export interface WriteScope {
  readonly transaction: Transaction;
  /** Looks for every conflict before writing: a database tells one, and PostgreSQL ends the transaction with it. */
  readonly findAllConflicts?: boolean;
  /** Gets the changes that are announced after the commit. */
  readonly changes?: RecordChange[];
}

/** The transactions that this service commits itself, and the observers of what they change. */
export class WriteTransactions {
  readonly #database: Database;
  readonly #observers: ((change: RecordChange) => void)[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Runs `work` in a transaction and tells observers of its changes after the commit. Work that conflicts with what is
   * stored is run once more to find everything that conflicts, so it has no effects but on the database.
   */
  async run<Done>(work: (within: WriteScope) => Promise<Done>): Promise<Done> {
    const recorded = (findAllConflicts: boolean) => async (transaction: Transaction) => {
      const changes: RecordChange[] = [];
      return { done: await work({ transaction, findAllConflicts, changes }), changes };
    };
    let committed;
    try {
      committed = await this.#database.write(recorded(false));
    } catch (error) {
      if (!isWorthExplaining(error)) throw error;
      committed = await this.#database.write(recorded(true));
    }
    for (const change of committed.changes) for (const observer of this.#observers) observer(change);
    return committed.done;
  }

  observe(observer: (change: RecordChange) => void): void {
    this.#observers.push(observer);
  }
}

/** Whether a write failed because of what is stored: then the next attempt reports every conflict, not the first. */
function isWorthExplaining(error: unknown): boolean {
  if (!(error instanceof Problem) || error.code !== 'conflict') return false;
  return error.cause instanceof UniqueViolation || error.cause instanceof ReferenceViolation;
}
