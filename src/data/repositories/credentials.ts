import type { Database, Reader, Transaction } from '../database.ts';

interface StoredCredentials {
  readonly userId: string;
  /** A PHC string; null for a user without a password. */
  readonly hash: string | null;
}

/** Password hashes, apart from the users they belong to, so that no query over records can reach them. */
export interface CredentialsRepository {
  /** One query, whether the address is known or not. Null for an unknown one. */
  findByEmail(reader: Reader, email: string): Promise<StoredCredentials | null>;
  find(reader: Reader, userId: string): Promise<StoredCredentials | null>;
  /** Sets the hash, without a look at the old one. */
  put(transaction: Transaction, userId: string, hash: string, now: string): Promise<void>;
  /**
   * Compare-and-set: sets the hash if it still is `expected`, else returns false. With `next === expected` it only locks
   * the row and verifies it until the transaction ends.
   */
  exchange(
    transaction: Transaction,
    change: { userId: string; expected: string; next: string; now: string },
  ): Promise<boolean>;
}

const table = '_plinth_credentials';

export function createCredentialsRepository({ build }: Database): CredentialsRepository {
  const joined = () =>
    build
      .selectFrom('users')
      .leftJoin(table, `${table}.user`, 'users.id')
      .select(['users.id as userId', `${table}.hash as hash`]);
  return {
    async findByEmail(reader, email) {
      const rows = await reader.all<StoredCredentials>(joined().where('users.email', '=', email).compile());
      return rows[0] ?? null;
    },
    async find(reader, userId) {
      const rows = await reader.all<StoredCredentials>(joined().where('users.id', '=', userId).compile());
      return rows[0] ?? null;
    },
    async put(transaction, userId, hash, now) {
      const statement = build
        .insertInto(table)
        .values({ user: userId, hash, updatedAt: now })
        .onConflict((conflict) => conflict.column('user').doUpdateSet({ hash, updatedAt: now }));
      await transaction.run(statement.compile());
    },
    async exchange(transaction, { userId, expected, next, now }) {
      const statement = build
        .updateTable(table)
        .set(next === expected ? { hash: next } : { hash: next, updatedAt: now })
        .where('user', '=', userId)
        .where('hash', '=', expected);
      return (await transaction.run(statement.compile())) === 1;
    },
  };
}
