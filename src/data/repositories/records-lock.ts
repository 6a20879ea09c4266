import { sql } from 'kysely';
import type { Collection } from '#domain/collections/model.ts';
import type { Database, Transaction } from '../database.ts';

/** Only writers of a record have to wait: nobody changes an id, so records that refer to it need not. */
export const forNoKeyUpdate = sql.raw('FOR NO KEY UPDATE');

export interface RecordLocker {
  /** Locks those of these ids that are there, in the order of their ids, where the database has row locks. */
  lock(transaction: Transaction, collection: Collection, ids: readonly string[]): Promise<void>;
}

export function createRecordLocker({ dialect, build }: Database): RecordLocker {
  return {
    async lock(transaction, { name }, ids) {
      if (!dialect.locksRows) return;
      const locking = sql`SELECT "id" FROM ${sql.table(name)} WHERE "id" = ANY(${ids}::uuid[]) ORDER BY "id" ${forNoKeyUpdate}`;
      await transaction.all(locking.compile(build));
    },
  };
}
