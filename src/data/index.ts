import { fileURLToPath } from 'node:url';
import type { Database } from './database.ts';
import { openPostgres } from './dialects/postgres.ts';
import { openSqlite } from './dialects/sqlite.ts';

export { attempt } from './attempt.ts';
export * from './database.ts';
export * from './changes/changes.ts';
export type * from './changes/commits.ts';
export * from './repositories/credentials.ts';
export * from './repositories/generations.ts';
export * from './repositories/idempotency-keys.ts';
export * from './repositories/keyed-records.ts';
export * from './repositories/records.ts';
export * from './repositories/refresh-tokens.ts';
export * from './repositories/sessions.ts';
export * from './repositories/users.ts';
export { openSchema, type Schema } from './schema/schema.ts';
export type { DefinitionsInForce, StoredSchema } from './schema/stored-schema.ts';
export type * from './schema/tables.ts';

export interface DatabaseOptions {
  /** `sqlite:/path/to/file.db` (or relative, `sqlite:data/plinth.db`) or `postgres://…`. */
  readonly url: string;
  /** PostgreSQL only. */
  readonly poolMax: number;
  readonly statementTimeoutMs: number;
  /** `off`: no statement is prepared, and nothing is set for a session. PostgreSQL only; `auto` when left out. */
  readonly prepare?: 'auto' | 'off';
  /** Told when an idle connection breaks; the pool heals by itself. PostgreSQL only. */
  readonly onConnectionLost?: (error: Error) => void;
  /** Told once, when a statement finds part of the file damaged. SQLite only. */
  readonly onDamage?: (error: Error) => void;
}

export { createExpiryClock, type ExpiryClock } from './expiry-clock.ts';
export { createDatabaseClock, type DatabaseClock } from './clock.ts';
/** Opens the database that the URL names. Throws DatabaseUnavailable (SQLite at once, PostgreSQL at first use). */
export function openDatabase(options: DatabaseOptions): Database {
  if (options.url.startsWith('sqlite:'))
    return openSqlite(sqlitePath(options.url), { onDamage: () => undefined, ...options });
  return openPostgres({ prepare: 'auto', onConnectionLost: () => undefined, ...options });
}

function sqlitePath(url: string): string {
  return url.startsWith('sqlite:///')
    ? fileURLToPath(url.replace('sqlite:', 'file:'))
    : url.slice('sqlite:'.length);
}
