import type { Database, Reader, Transaction } from '../database.ts';

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
  insert(
    transaction: Transaction,
    token: { hash: string; session: string; createdAt: string },
  ): Promise<void>;
  find(reader: Reader, hash: string): Promise<StoredRefreshToken | null>;
  /** Spends a token made after `madeAfter` that is not spent yet: its session, or null. Of many at once, one wins. */
  spend(
    transaction: Transaction,
    spending: { hash: string; now: string; madeAfter: string },
  ): Promise<string | null>;
  /** Forgets the tokens of a session that were made up to `madeUntil`: they have expired. */
  prune(transaction: Transaction, sessionId: string, madeUntil: string): Promise<void>;
}

const table = '_plinth_refresh_tokens';

export function createRefreshTokensRepository({ build }: Database): RefreshTokensRepository {
  return {
    async insert(transaction, token) {
      await transaction.run(
        build
          .insertInto(table)
          .values({ ...token, spentAt: null })
          .compile(),
      );
    },
    async find(reader, hash) {
      const statement = build
        .selectFrom(table)
        .select(['hash', 'session', 'createdAt', 'spentAt'])
        .where('hash', '=', hash);
      return (await reader.all<StoredRefreshToken>(statement.compile()))[0] ?? null;
    },
    async spend(transaction, { hash, now, madeAfter }) {
      const statement = build
        .updateTable(table)
        .set({ spentAt: now })
        .where('hash', '=', hash)
        .where('spentAt', 'is', null)
        .where('createdAt', '>', madeAfter)
        .returning('session');
      return (await transaction.all<{ session: string }>(statement.compile()))[0]?.session ?? null;
    },
    async prune(transaction, sessionId, madeUntil) {
      const statement = build
        .deleteFrom(table)
        .where('session', '=', sessionId)
        .where('createdAt', '<=', madeUntil);
      await transaction.run(statement.compile());
    },
  };
}
