import type { Database, Session, Unit } from '../database.ts';

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
  insert(unit: Unit, session: StoredSession): Promise<void>;
  find(session: Session, id: string): Promise<StoredSession | null>;
  /** Those of a user that have not expired, last used first. */
  listOf(session: Session, userId: string, now: string): Promise<StoredSession[]>;
  /** Notes a use. */
  touch(unit: Unit, id: string, times: { lastUsedAt: string; expiresAt: string }): Promise<void>;
  /** Ends a session; only that user's, if one is named. False if there is none. */
  remove(unit: Unit, id: string, userId?: string): Promise<boolean>;
  /** Ends every session of a user, but for one. */
  removeAllOf(unit: Unit, userId: string, options?: { except: string }): Promise<void>;
  /** Ends the expired sessions of a user, and of the others the least recently used beyond `keep`. */
  prune(unit: Unit, userId: string, options: { now: string; keep: number }): Promise<void>;
  /** Removes up to `limit` expired sessions of anyone; how many there were. */
  removeExpired(unit: Unit, options: { now: string; limit: number }): Promise<number>;
}

const table = '_plinth_sessions';
const columns = ['id', 'user', 'createdAt', 'lastUsedAt', 'expiresAt', 'address', 'agent'];

export function createSessionsRepository({ build }: Database): SessionsRepository {
  return {
    async insert(unit, session) {
      await unit.run(build.insertInto(table).values(session).compile());
    },
    async find(session, id) {
      const statement = build.selectFrom(table).select(columns).where('id', '=', id);
      return (await session.all<StoredSession>(statement.compile()))[0] ?? null;
    },
    listOf(session, userId, now) {
      const statement = build
        .selectFrom(table)
        .select(columns)
        .where('user', '=', userId)
        .where('expiresAt', '>', now)
        .orderBy('lastUsedAt', 'desc')
        .orderBy('id', 'desc');
      return session.all<StoredSession>(statement.compile());
    },
    async touch(unit, id, times) {
      await unit.run(build.updateTable(table).set(times).where('id', '=', id).compile());
    },
    async remove(unit, id, userId) {
      let statement = build.deleteFrom(table).where('id', '=', id);
      if (userId !== undefined) statement = statement.where('user', '=', userId);
      return (await unit.run(statement.compile())) === 1;
    },
    async removeAllOf(unit, userId, options) {
      let statement = build.deleteFrom(table).where('user', '=', userId);
      if (options) statement = statement.where('id', '!=', options.except);
      await unit.run(statement.compile());
    },
    async prune(unit, userId, { now, keep }) {
      const kept = build
        .selectFrom(table)
        .select('id')
        .where('user', '=', userId)
        .where('expiresAt', '>', now)
        .orderBy('lastUsedAt', 'desc')
        .orderBy('id', 'desc')
        .limit(keep);
      await unit.run(
        build.deleteFrom(table).where('user', '=', userId).where('id', 'not in', kept).compile(),
      );
    },
    removeExpired(unit, { now, limit }) {
      const expired = build
        .selectFrom(table)
        .select('id')
        .where('expiresAt', '<=', now)
        .orderBy('expiresAt')
        .limit(limit);
      return unit.run(build.deleteFrom(table).where('id', 'in', expired).compile());
    },
  };
}
