import type { SystemMigration } from './migration.ts';

/** The first answers to requests that may be sent again. */
export const idempotency: SystemMigration = {
  version: 2,
  tables: ['_plinth_idempotency'],
  before: ({ string, integer, timestamp }) => [
    // `key` and `fingerprint` are digests: of the caller with their key, and of the request it stands for.
    `CREATE TABLE "_plinth_idempotency" (
      "key" ${string} NOT NULL PRIMARY KEY,
      "fingerprint" ${string} NOT NULL,
      "status" ${integer} NOT NULL,
      "headers" ${string} NOT NULL,
      "body" ${string},
      "expiresAt" ${timestamp} NOT NULL)`,
    `CREATE INDEX "_plinth_idempotency_expiresAt_idx" ON "_plinth_idempotency" ("expiresAt", "key")`,
  ],
  after: () => [],
};
