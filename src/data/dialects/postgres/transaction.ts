import pg, { type PoolClient } from 'pg';
import type { CommittedChanges, Commits } from '../../changes/commits.ts';
import { DatabaseUnavailable, type WriteOptions } from '../../database.ts';
import { actorSetting, changedSetting } from '../../schema/postgres-change-functions.ts';
import type { Session } from './connections.ts';
import { translatePostgresError } from '../postgres-errors.ts';

export interface TransactionOptions extends WriteOptions {
  /** Told what was committed, where anybody is. */
  readonly commits?: Commits;
}

/** Commits what `work` does, or nothing of it. */
export async function inTransaction<T>(
  { client, begin }: Session,
  work: () => Promise<T>,
  { actor, commits }: TransactionOptions = {},
): Promise<T> {
  await control(client, actor === undefined ? begin : `${begin}; ${actFor(actor)}`);
  let value: T;
  try {
    value = await work();
  } catch (error) {
    await rollback(client, error);
    throw error;
  }
  try {
    const changed = await commit(client);
    commits?.announce(changed);
  } catch (error) {
    await rollback(client, error);
    // The answer to a commit may be lost on its way.
    commits?.announce(undefined);
    throw error;
  }
  return value;
}

/** Sends statements that are not prepared; several share a round trip. */
export async function control(client: PoolClient, sql: string): Promise<unknown> {
  try {
    return await client.query(sql);
  } catch (error) {
    throw translatePostgresError(error);
  }
}

function actFor(actor: string): string {
  return `SET LOCAL ${actorSetting} = ${pg.escapeLiteral(actor)}`;
}

/** A broken connection rolls back by itself; the first error is the one worth telling. */
async function rollback(client: PoolClient, error: unknown): Promise<void> {
  if (!(error instanceof DatabaseUnavailable)) await control(client, 'ROLLBACK');
}

/** The triggers of the change log note what they see: it is asked for with the commit, in one round trip. */
async function commit(client: PoolClient): Promise<CommittedChanges> {
  const [noted] = (await control(
    client,
    `SELECT current_setting('${changedSetting}', true) AS "changed"; COMMIT`,
  )) as [pg.QueryResult<{ changed: string | null }>];
  return parseChanged(noted.rows[0]?.changed ?? '');
}

/** `tasks/018f… projects/018f… tasks/* `: a star for more than are named. */
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
