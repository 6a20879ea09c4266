import type { Database, Session, Unit } from '../database.ts';

/** A refresh token, known by its digest only. Times are RFC 3339 in UTC with milliseconds. */
interface StoredRefreshToken {
  readonly hash: string;
  readonly session: string;
  readonly createdAt: string;
  /** When it was exchanged for its successor; null while it is good. */
  readonly spentAt: string | null;
}

/** Refresh tokens of sessions that have not ended; spent ones are kept, so that a second use is noticed. */
export interface RefreshTokensRepository {
  insert(unit: Unit, token: { hash: string; session: string; createdAt: string }): Promise<void>;
  find(session: Session, hash: string): Promise<StoredRefreshToken | null>;
  /** Spends a token made after `madeAfter` that is not spent yet: its session, or null. Of many at once, one wins. */
  spend(unit: Unit, spending: { hash: string; now: string; madeAfter: string }): Promise<string | null>;
  /** Forgets the tokens of a session that were made up to `madeUntil`: they have expired. */
  prune(unit: Unit, sessionId: string, madeUntil: string): Promise<void>;
}

const table = '_plinth_refresh_tokens';

export function createRefreshTokensRepository({ build }: Database): RefreshTokensRepository {
  return {
    async insert(unit, token) {
      await unit.run(
        build
          .insertInto(table)
          .values({ ...token, spentAt: null })
          .compile(),
      );
    },
    async find(session, hash) {
      const statement = build
        .selectFrom(table)
        .select(['hash', 'session', 'createdAt', 'spentAt'])
        .where('hash', '=', hash);
      return (await session.all<StoredRefreshToken>(statement.compile()))[0] ?? null;
    },
    async spend(unit, { hash, now, madeAfter }) {
      const statement = build
        .updateTable(table)
        .set({ spentAt: now })
        .where('hash', '=', hash)
        .where('spentAt', 'is', null)
        .where('createdAt', '>', madeAfter)
        .returning('session');
      return (await unit.all<{ session: string }>(statement.compile()))[0]?.session ?? null;
    },
    async prune(unit, sessionId, madeUntil) {
      const statement = build
        .deleteFrom(table)
        .where('session', '=', sessionId)
        .where('createdAt', '<=', madeUntil);
      await unit.run(statement.compile());
    },
  };
}
