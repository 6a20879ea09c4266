import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import type { Database, Session } from '../database.ts';

/** What is known of every user, whatever properties the `users` file adds. */
export interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly verified: boolean;
  readonly createdAt: string;
}

/** Users by what identity needs of them. They are written through the records service, like any record. */
export interface UsersRepository {
  /** The whole record, as rules see it. */
  findRecord(session: Session, users: Collection, id: string): Promise<StoredRecord | null>;
  findByEmail(session: Session, email: string): Promise<StoredUser | null>;
  /** All of them, by address. */
  list(session: Session): Promise<StoredUser[]>;
}

const table = 'users';
const columns = ['id', 'email', 'role', 'verified', 'createdAt'];

export function createUsersRepository({ build, dialect }: Database): UsersRepository {
  const userOf = (row: StoredUser): StoredUser => ({
    ...row,
    verified: dialect.fromColumn('boolean', row.verified) as boolean,
  });
  return {
    async findRecord(session, users, id) {
      const statement = build.selectFrom(table).select([...users.properties.keys()]).where('id', '=', id);
      const row = (await session.all<Record<string, unknown>>(statement.compile()))[0];
      if (!row) return null;
      const values = Array.from(users.properties.values(), ({ name, kind }) => [name, dialect.fromColumn(kind, row[name])]);
      return Object.fromEntries(values) as StoredRecord;
    },
    async findByEmail(session, email) {
      const rows = await session.all<StoredUser>(
        build.selectFrom(table).select(columns).where('email', '=', email).compile(),
      );
      return rows[0] ? userOf(rows[0]) : null;
    },
    async list(session) {
      const rows = await session.all<StoredUser>(build.selectFrom(table).select(columns).orderBy('email').compile());
      return rows.map(userOf);
    },
  };
}
