import { initial } from './0001-initial.ts';
import { idempotency } from './0002-idempotency.ts';
import { generations } from './0003-generations.ts';
import { changes } from './0004-changes.ts';
import { idempotencyResults } from './0005-idempotency-results.ts';
import { definitions } from './0006-definitions.ts';
import type { SystemMigration } from './migration.ts';

/** Every change to our own tables, in order. */
export const systemMigrations: readonly SystemMigration[] = [
  initial,
  idempotency,
  generations,
  changes,
  idempotencyResults,
  definitions,
];

/** The newest version of our own tables that this program knows; a database may be older, never newer. */
export const systemVersion = systemMigrations.at(-1)?.version ?? 0;

/** The names of all tables that the migrations create. */
export const systemTables: readonly string[] = systemMigrations.flatMap(({ tables }) => tables);
