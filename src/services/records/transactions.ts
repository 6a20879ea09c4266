import { ReferenceViolation, UniqueViolation, type Database, type Transaction } from '#data/index.ts';
import { actorOf } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { CompiledCollections } from './compiled-collections.ts';
import { demandOf, type Beneficiary } from './demand.ts';
import { looksAtOthers } from './isolation.ts';

/** A transaction that writes belong to. */
export interface WriteScope {
  readonly transaction: Transaction;
  /** Looks for every conflict before writing: a database tells one, and PostgreSQL ends the transaction with it. */
  readonly findAllConflicts?: boolean;
}

interface TransactionsOptions {
  readonly database: Database;
  readonly collections: CompiledCollections;
  /** The number of the definitions that the collections come from. */
  readonly revision: () => number | undefined;
}

/** The transactions that this service commits itself. */
export class WriteTransactions {
  readonly #options: TransactionsOptions;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` in a transaction on behalf of a principal. Work that conflicts with stored records is run once more to
   * find everything that conflicts, so it has no effects but on the database.
   */
  async run<Done>(whom: Beneficiary, work: (within: WriteScope) => Promise<Done>): Promise<Done> {
    const { database, collections, revision } = this.#options;
    const isSerial = looksAtOthers(collections, whom);
    const options = {
      ...demandOf(whom),
      actor: actorOf(whom.principal),
      isSerial,
      definitions: revision(),
    };
    try {
      return await database.write((transaction) => work({ transaction }), options);
    } catch (error) {
      if (!isWorthExplaining(error)) throw error;
      const carefully = (transaction: Transaction) => work({ transaction, findAllConflicts: true });
      return database.write(carefully, options);
    }
  }
}

/** Whether a write conflicted with stored records: then the next attempt reports every conflict, not the first. */
function isWorthExplaining(error: unknown): boolean {
  if (!(error instanceof Problem) || error.code !== 'conflict') return false;
  return error.cause instanceof UniqueViolation || error.cause instanceof ReferenceViolation;
}
