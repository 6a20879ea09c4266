import { postgresChangeFunctions } from '../postgres-change-functions.ts';
import type { SystemMigration } from './migration.ts';

/**
 * The change log, filled by triggers on the tables of the collections. `seq` is its order; `before` and `after` are
 * records as JSON. The one row of the state says which log it is, and up to which `seq` it was pruned.
 */
export const changes: SystemMigration = {
  version: 4,
  tables: ['_plinth_changes', '_plinth_changes_state'],
  before: ({ string, integer, uuid, timestamp }, dialect) => {
    const { seq, json, epoch, actor } = own[dialect];
    return [
      // The long columns come last: a query of the others does not read them.
      `CREATE TABLE "_plinth_changes" (
        "seq" ${seq},
        "at" ${timestamp} NOT NULL,
        "collection" ${string} NOT NULL,
        "record" ${uuid} NOT NULL,
        "kind" ${string} NOT NULL,
        "version" ${integer} NOT NULL,
        "actor" ${string},
        "before" ${json},
        "after" ${json})`,
      `CREATE TABLE "_plinth_changes_state" ("epoch" ${string} NOT NULL, "prunedTo" ${integer} NOT NULL${actor})`,
      `INSERT INTO "_plinth_changes_state" ("epoch", "prunedTo") VALUES (${epoch}, 0)`,
      ...(dialect === 'postgres' ? postgresChangeFunctions : []),
    ];
  },
  after: () => [],
};

const own = {
  sqlite: {
    // One more than the greatest. The newest entry is never removed, so none comes twice; AUTOINCREMENT costs as much
    // again as all the rest of an entry.
    seq: 'INTEGER PRIMARY KEY',
    json: 'TEXT',
    epoch: 'lower(hex(randomblob(6)))',
    // The id of the user or key that the current transaction writes for; null for every writer but Plinth.
    actor: ', "actor" TEXT',
  },
  postgres: {
    seq: 'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
    // Kept as it is written: cheaper than jsonb, and nobody looks into it.
    json: 'json',
    epoch: 'substr(md5(random()::text || clock_timestamp()::text), 1, 12)',
    actor: '',
  },
} as const;
