import { setTimeout as delay } from 'node:timers/promises';
import { Problem } from '#domain/errors/problem.ts';
import { DatabaseUnavailable, type SchemaTransaction } from '../../database.ts';
import type { Connections } from './connections.ts';
import { isWorthRetrying } from './errors.ts';
import type { Session } from './session.ts';
import { inTransaction } from './transaction.ts';

/** Names our advisory lock among those of other programs in the same database: "plinth" in ASCII. */
const schemaLock = '123576514966632';
const aDayMs = 86_400_000;
/**
 * Statements on a table queue behind a change that waits for its lock. So the wait of a change for each lock is limited:
 * then the change gives up all its locks, and tries again when the statements behind it have had their turn.
 */
const lockWaitMs = 300;
const pauseMs = { min: 300, more: 700 };

/**
 * Changes the schema in one transaction that no other change runs beside. `work` is run again, from the start, after it
 * met a lock. Throws `schema_locked` when it has not got all its locks after `lockTimeoutMs`.
 */
export async function changeSchema<T>(
  connections: Connections,
  work: (transaction: SchemaTransaction) => Promise<T>,
  lockTimeoutMs: number,
): Promise<T> {
  const endsAt = performance.now() + lockTimeoutMs;
  for (;;) {
    try {
      const leftMs = Math.max(1, Math.ceil(endsAt - performance.now()));
      return await connections.use((session) => changeOnce(connections, session, work, leftMs));
    } catch (error) {
      if (!isBlocked(error)) throw error;
      const pause = pauseMs.min + Math.random() * pauseMs.more;
      if (performance.now() + pause >= endsAt) throw blockedTooLong(lockTimeoutMs, error);
      await delay(pause);
    }
  }
}

async function changeOnce<T>(
  connections: Connections,
  session: Session,
  work: (transaction: SchemaTransaction) => Promise<T>,
  leftMs: number,
): Promise<T> {
  const transaction: SchemaTransaction = {
    ...session.statements({ queryTimeoutMs: aDayMs }),
    isTransaction: true,
    beside: (sql) => connections.alone(sql, { lockTimeoutMs: leftMs }),
  };
  return inTransaction(session, async () => {
    await session.control('SET LOCAL statement_timeout = 0');
    await session.control('SET LOCAL idle_in_transaction_session_timeout = 0');
    await session.control(`SET LOCAL lock_timeout = ${leftMs}`);
    // Another change may take long, and nobody but changes waits for this lock.
    await transaction.all({
      sql: `SELECT pg_advisory_xact_lock(${schemaLock})::text AS locked`,
      parameters: [],
    });
    await session.control(`SET LOCAL lock_timeout = ${lockWaitMs}`);
    return work(transaction);
  });
}

function isBlocked(error: unknown): boolean {
  return isWorthRetrying(error) || (error instanceof DatabaseUnavailable && error.reason === 'busy');
}

function blockedTooLong(lockTimeoutMs: number, cause: unknown): Problem {
  return new Problem('schema_locked', {
    detail: `Another process has been changing or locking the database for more than ${lockTimeoutMs / 1000} s. Wait until it is done, then try again.`,
    cause,
  });
}
