import { DatabaseUnavailable, type Transaction } from './database.ts';

const savepoint = { sql: 'SAVEPOINT attempt', parameters: [] };
const release = { sql: 'RELEASE SAVEPOINT attempt', parameters: [] };
const rollback = { sql: 'ROLLBACK TO SAVEPOINT attempt', parameters: [] };

/**
 * Runs part of a transaction under a savepoint: when it fails, its writes are undone, the error is thrown, and the
 * transaction can go on. Attempts may be nested.
 */
export async function attempt<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
  await transaction.run(savepoint);
  try {
    const value = await work();
    await transaction.run(release);
    return value;
  } catch (error) {
    // Then the whole transaction is lost, and so is the savepoint.
    if (!(error instanceof DatabaseUnavailable)) {
      await transaction.run(rollback);
      await transaction.run(release);
    }
    throw error;
  }
}
