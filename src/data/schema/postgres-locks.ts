import { DatabaseUnavailable, type Transaction } from '../database.ts';
import { execute, list } from './ddl.ts';

/** The wait for all locks together, in milliseconds: later statements queue behind a lock that waits. */
const waitMs = 500;

/** Locks all of these tables, or none: throws DatabaseUnavailable `busy` when somebody holds one of them. */
export async function lockTables(transaction: Transaction, tables: Iterable<string>): Promise<void> {
  const names = [...new Set(tables)].toSorted();
  if (names.length === 0) return;
  await execute(transaction, `SET LOCAL statement_timeout = ${waitMs}`);
  try {
    await execute(transaction, `LOCK TABLE ${list(names)} IN ACCESS EXCLUSIVE MODE`);
  } catch (error) {
    if (error instanceof DatabaseUnavailable && error.reason === 'timeout')
      throw new DatabaseUnavailable('busy', { cause: error });
    throw error;
  }
  await execute(transaction, 'SET LOCAL statement_timeout = 0');
}
