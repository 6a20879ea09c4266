import type { SystemMigration } from './migration.ts';

/** Idempotency keys hold results instead of responses. Rows without one hold the response that was kept before. */
export const idempotencyResults: SystemMigration = {
  version: 5,
  tables: [],
  before: ({ string }) => [`ALTER TABLE "_plinth_idempotency" ADD COLUMN "result" ${string}`],
  after: () => [],
};
