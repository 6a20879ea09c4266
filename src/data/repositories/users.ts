import type { Database, Reader } from '../database.ts';

/** The built-in properties of a user; those that the `users` file adds are not among them. */
export interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly verified: boolean;
  readonly createdAt: string;
}

/** Users by their address. As records they are read and written like any other. */
export interface UsersRepository {
  findByEmail(reader: Reader, email: string): Promise<StoredUser | null>;
  /** All of them, by address. */
  list(reader: Reader): Promise<StoredUser[]>;
}

const table = 'users';
const columns = ['id', 'email', 'role', 'verified', 'createdAt'];

export function createUsersRepository({ build, dialect }: Database): UsersRepository {
  const userOf = (row: StoredUser): StoredUser => ({
    ...row,
    verified: dialect.fromColumn({ kind: 'boolean' }, row.verified) as boolean,
  });
  return {
    async findByEmail(reader, email) {
      const rows = await reader.all<StoredUser>(
        build.selectFrom(table).select(columns).where('email', '=', email).compile(),
      );
      return rows[0] ? userOf(rows[0]) : null;
    },
    async list(reader) {
      const rows = await reader.all<StoredUser>(
        build.selectFrom(table).select(columns).orderBy('email').compile(),
      );
      return rows.map(userOf);
    },
  };
}
