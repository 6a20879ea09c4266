import pg from 'pg';
import type { CommittedChanges, Commits } from '../../changes/commits.ts';
import type { Reader, ReadOptions, WriteOptions } from '../../database.ts';
import { actorSetting, changedSetting } from '../../schema/postgres-change-functions.ts';
import { agreeFunction } from '../../schema/revisions.ts';
import { isOutOfOrder } from './errors.ts';
import type { Session } from './session.ts';

export interface TransactionOptions
  extends Pick<WriteOptions, 'actor' | 'definitions' | 'isSerial'>, Pick<ReadOptions, 'isSnapshot'> {
  /** Receives the changes of the commit; absent where there is no observer. */
  readonly commits?: Commits;
}

const serializable = 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE';
const snapshot = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY';

/** Runs `work` in a transaction: commits all of its writes, or none when it throws. */
export async function inTransaction<T>(
  session: Session,
  work: () => Promise<T>,
  { actor, definitions, isSerial = false, isSnapshot = false, commits }: TransactionOptions = {},
): Promise<T> {
  await session.begin([
    ...(isSerial ? [serializable] : []),
    ...(isSnapshot ? [snapshot] : []),
    ...(actor === undefined ? [] : [actFor(actor)]),
  ]);
  let value: T;
  try {
    value = await work();
  } catch (error) {
    await rollback(session, error);
    throw error;
  }
  try {
    const changed = await commit(session, definitions);
    commits?.announce(changed);
  } catch (error) {
    await rollback(session, error);
    // The answer to a commit may be lost on its way; a refusal is one.
    if (isOutOfOrder(error)) commits?.announce(undefined);
    throw error;
  }
  return value;
}

/** Statements that need not be one transaction, unless they are to see one moment. */
export function inSession<T>(
  session: Session,
  work: (reader: Reader) => Promise<T>,
  { isSnapshot = false }: Pick<ReadOptions, 'isSnapshot'> = {},
): Promise<T> {
  const reader = session.statements();
  return session.needsTransaction || isSnapshot
    ? inTransaction(session, () => work(reader), { isSnapshot })
    : work(reader);
}

function actFor(actor: string): string {
  return `SET LOCAL ${actorSetting} = ${pg.escapeLiteral(actor)}`;
}

/** A broken connection rolls back by itself; the first error is the one worth telling. */
async function rollback(session: Session, error: unknown): Promise<void> {
  if (!isOutOfOrder(error)) await session.control('ROLLBACK');
}

/** Commits, and reads the changes that the triggers of the change log have noted, in one round trip. */
async function commit(session: Session, definitions: number | undefined): Promise<CommittedChanges> {
  const agree = definitions === undefined ? '' : `, "${agreeFunction}"(${definitions})`;
  const [noted] = (await session.control(
    `SELECT current_setting('${changedSetting}', true) AS "changed"${agree}; COMMIT`,
  )) as [pg.QueryResult<{ changed: string | null }>];
  return parseChanged(noted.rows[0]?.changed ?? '');
}

/** `tasks/* projects/018f… `: a star for more than are named. */
function parseChanged(noted: string): CommittedChanges {
  const changed = new Map<string, Set<string> | null>();
  for (const word of noted.split(' ')) {
    const [collection = '', id = ''] = word.split('/');
    if (collection === '') continue;
    const ids = changed.get(collection);
    if (id === '*') changed.set(collection, null);
    else if (ids === undefined) changed.set(collection, new Set([id]));
    else ids?.add(id);
  }
  return changed;
}
