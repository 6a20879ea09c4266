import type { SystemMigration } from './migration.ts';

/** Marks of the last changes to collections: see src/data/repositories/generations.ts. */
export const generations: SystemMigration = {
  version: 3,
  tables: ['_plinth_generations'],
  before: ({ string, integer }) => [
    `CREATE TABLE "_plinth_generations" (
      "collection" ${string} NOT NULL,
      "slot" ${integer} NOT NULL,
      "mark" ${string} NOT NULL,
      PRIMARY KEY ("collection", "slot"))`,
  ],
  after: () => [],
};
