import { functionDdl } from '../postgres-change-functions.ts';
import { agreeBody, agreeFunction } from '../revisions.ts';
import type { SystemMigration } from './migration.ts';

/** Which definitions were in force, in order: see src/data/schema/revisions.ts. */
export const definitions: SystemMigration = {
  version: 6,
  tables: ['_plinth_definitions'],
  before: ({ string, integer }, dialect) => [
    `CREATE TABLE "_plinth_definitions" ("revision" ${integer} NOT NULL PRIMARY KEY, "digest" ${string} NOT NULL)`,
    ...(dialect === 'postgres'
      ? [functionDdl(agreeFunction, 'boolean', agreeBody, { parameters: 'known bigint' })]
      : []),
  ],
  after: () => [],
};
