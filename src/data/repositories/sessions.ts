import type { Database, Reader, Transaction } from '../database.ts';

/** A sign-in that has not ended. Times are RFC 3339 in UTC with milliseconds. */
interface StoredSession {
  readonly id: string;
  readonly user: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  readonly address: string;
  readonly agent: string | null;
}

/** Sessions; an ended one is not there any more, and its refresh tokens went with it. */
export interface SessionsRepository {
  insert(transaction: Transaction, session: StoredSession): Promise<void>;
  find(reader: Reader, id: string): Promise<StoredSession | null>;
  /** Those of a user that have not expired, last used first. */
  listOf(reader: Reader, userId: string, now: string): Promise<StoredSession[]>;
  /** Notes a use. */
  touch(
    transaction: Transaction,
    id: string,
    times: { lastUsedAt: string; expiresAt: string },
  ): Promise<void>;
  /** Ends a session; only that user's, if one is named. False if there is none. */
  remove(transaction: Transaction, id: string, userId?: string): Promise<boolean>;
  /** Ends every session of a user, but for one. */
  removeAllOf(transaction: Transaction, userId: string, options?: { except: string }): Promise<void>;
  /** Ends the expired sessions of a user, and of the others the least recently used beyond `keep`. */
  prune(transaction: Transaction, userId: string, options: { now: string; keep: number }): Promise<void>;
  /** Removes up to `limit` expired sessions of anyone; how many there were. */
  removeExpired(transaction: Transaction, options: { now: string; limit: number }): Promise<number>;
}

const table = '_plinth_sessions';
const columns = ['id', 'user', 'createdAt', 'lastUsedAt', 'expiresAt', 'address', 'agent'];

export function createSessionsRepository({ build }: Database): SessionsRepository {
  return {
    async insert(transaction, session) {
      await transaction.run(build.insertInto(table).values(session).compile());
    },
    async find(reader, id) {
      const statement = build.selectFrom(table).select(columns).where('id', '=', id);
      return (await reader.all<StoredSession>(statement.compile()))[0] ?? null;
    },
    listOf(reader, userId, now) {
      const statement = build
        .selectFrom(table)
        .select(columns)
        .where('user', '=', userId)
        .where('expiresAt', '>', now)
        .orderBy('lastUsedAt', 'desc')
        .orderBy('id', 'desc');
      return reader.all<StoredSession>(statement.compile());
    },
    async touch(transaction, id, times) {
      await transaction.run(build.updateTable(table).set(times).where('id', '=', id).compile());
    },
    async remove(transaction, id, userId) {
      let statement = build.deleteFrom(table).where('id', '=', id);
      if (userId !== undefined) statement = statement.where('user', '=', userId);
      return (await transaction.run(statement.compile())) === 1;
    },
    async removeAllOf(transaction, userId, options) {
      let statement = build.deleteFrom(table).where('user', '=', userId);
      if (options) statement = statement.where('id', '!=', options.except);
      await transaction.run(statement.compile());
    },
    async prune(transaction, userId, { now, keep }) {
      const kept = build
        .selectFrom(table)
        .select('id')
        .where('user', '=', userId)
        .where('expiresAt', '>', now)
        .orderBy('lastUsedAt', 'desc')
        .orderBy('id', 'desc')
        .limit(keep);
      await transaction.run(
        build.deleteFrom(table).where('user', '=', userId).where('id', 'not in', kept).compile(),
      );
    },
    removeExpired(transaction, { now, limit }) {
      const expired = build
        .selectFrom(table)
        .select('id')
        .where('expiresAt', '<=', now)
        .orderBy('expiresAt')
        .limit(limit);
      return transaction.run(build.deleteFrom(table).where('id', 'in', expired).compile());
    },
  };
}
