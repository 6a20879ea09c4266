import { sql, type RawBuilder } from 'kysely';
import type { Dialect } from '../database.ts';

/** The unit that a statement walks through: rows of a table, or anything without a row number. */
export type Walked = 'row' | 'item';

/**
 * The place in a WHERE, right behind the word, at which a statement looks at the next row of `alias`. A comment, which
 * the SQLite driver turns into a call of its progress function (dialects/sqlite/progress.ts): SQLite has no time limit
 * of its own that better-sqlite3 can set. PostgreSQL has one, and its statements carry no comment.
 */
export function progressMark(
  { name }: Pick<Dialect, 'name'>,
  alias: string,
  walked: Walked,
): RawBuilder<unknown> {
  return name === 'sqlite' ? sql.raw(`/*${walked} ${alias}*/`) : sql``;
}

/** The same for a statement without a WHERE: it comes where that would be. */
export function progressWhere({ name }: Pick<Dialect, 'name'>, alias: string): RawBuilder<unknown> {
  return name === 'sqlite' ? sql.raw(`/*where ${alias}*/`) : sql``;
}

/** Anywhere in a statement that walks a whole table by itself, without a place for a call: a count. */
export function walksAll({ name }: Pick<Dialect, 'name'>): RawBuilder<unknown> {
  return name === 'sqlite' ? sql.raw('/*all rows*/') : sql``;
}
