import type { Reader } from '../database.ts';
import { changedBy, namedIdsMax, type CommittedChanges } from './commits.ts';

/** The work for the change log on one connection of SQLite that its triggers cannot do. */
export class SqliteEntries {
  readonly #connection: Reader;
  /** There is none before the first change of the schema. */
  #hasLog = false;
  #actor: string | undefined;
  #lastSeq = 0;

  constructor(connection: Reader) {
    this.#connection = connection;
  }

  /** To be called first in a transaction. */
  async begin(): Promise<void> {
    this.#actor = undefined;
    if (!this.#hasLog) {
      const found = await this.#connection.all(findLog);
      this.#hasLog = found.length > 0;
    }
    if (this.#hasLog) this.#lastSeq = await lastSeqOf(this.#connection);
  }

  /** Sets the user or key that the next statements write for. A savepoint begun later does not undo it. */
  async actFor(actor: string | undefined): Promise<void> {
    if (!this.#hasLog || actor === this.#actor) return;
    await this.#connection.run({ sql: setActor, parameters: [actor ?? null] });
    this.#actor = actor;
  }

  /** Returns the changes of the transaction, in bounded memory. To be called last before the commit. */
  async end(): Promise<CommittedChanges> {
    await this.actFor(undefined);
    if (!this.#hasLog) return new Map();
    const entries = await this.#connection.all<{ collection: string; record: string }>({
      sql: entriesAfter,
      parameters: [this.#lastSeq, namedIdsMax + 1],
    });
    if (entries.length <= namedIdsMax) return changedBy(entries);
    const changed = await this.#connection.all<{ collection: string }>({
      sql: collectionsAfter,
      parameters: [this.#lastSeq],
    });
    return new Map(changed.map(({ collection }) => [collection, null]));
  }
}

const findLog = {
  sql: `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_plinth_changes'`,
  parameters: [],
};
const setActor = 'UPDATE "_plinth_changes_state" SET "actor" = ?';
const entriesAfter = 'SELECT "collection", "record" FROM "_plinth_changes" WHERE "seq" > ? LIMIT ?';
const collectionsAfter = 'SELECT DISTINCT "collection" FROM "_plinth_changes" WHERE "seq" > ?';

/** Answers with the number of the last entry. */
export const lastSeqSql = `SELECT coalesce(max("seq"), 0) AS "seq" FROM "_plinth_changes"`;

async function lastSeqOf(connection: Reader): Promise<number> {
  const [row] = await connection.all<{ seq: number }>({ sql: lastSeqSql, parameters: [] });
  return row?.seq ?? 0;
}
