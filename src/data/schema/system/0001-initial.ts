import type { SystemMigration } from './migration.ts';

/** Definitions, credentials and sessions. */
export const initial: SystemMigration = {
  version: 1,
  tables: ['_plinth_collections', '_plinth_credentials', '_plinth_sessions', '_plinth_refresh_tokens'],
  before: ({ string, integer }) => [
    // Definitions are one JSON text each, in the order of their files; the tables in force are compared with these.
    `CREATE TABLE "_plinth_collections" ("name" ${string} NOT NULL PRIMARY KEY, "position" ${integer} NOT NULL, "definition" ${string} NOT NULL)`,
  ],
  after: ({ string, uuid, timestamp }) => [
    `CREATE TABLE "_plinth_credentials" (
      "user" ${uuid} NOT NULL PRIMARY KEY REFERENCES "users" ("id") ON DELETE CASCADE,
      "hash" ${string} NOT NULL,
      "updatedAt" ${timestamp} NOT NULL)`,
    `CREATE TABLE "_plinth_sessions" (
      "id" ${uuid} NOT NULL PRIMARY KEY,
      "user" ${uuid} NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE,
      "createdAt" ${timestamp} NOT NULL,
      "lastUsedAt" ${timestamp} NOT NULL,
      "expiresAt" ${timestamp} NOT NULL,
      "address" ${string} NOT NULL,
      "agent" ${string})`,
    `CREATE INDEX "_plinth_sessions_user_idx" ON "_plinth_sessions" ("user", "id")`,
    `CREATE INDEX "_plinth_sessions_expiresAt_idx" ON "_plinth_sessions" ("expiresAt")`,
    `CREATE TABLE "_plinth_refresh_tokens" (
      "hash" ${string} NOT NULL PRIMARY KEY,
      "session" ${uuid} NOT NULL REFERENCES "_plinth_sessions" ("id") ON DELETE CASCADE,
      "createdAt" ${timestamp} NOT NULL,
      "spentAt" ${timestamp})`,
    `CREATE INDEX "_plinth_refresh_tokens_session_idx" ON "_plinth_refresh_tokens" ("session")`,
  ],
};
