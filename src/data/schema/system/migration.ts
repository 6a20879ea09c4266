/** Types of columns by kind of value, as in `Dialect.columnTypes`: the same statements serve both databases. */
export type ColumnTypes = Readonly<Record<string, string>>;

/**
 * One change to our own tables. Append-only: a migration that has been released is never edited; the next number is.
 * `before` runs before the tables of the collections change, `after` when they (and `users`) are there.
 */
export interface SystemMigration {
  readonly version: number;
  /** Names of the tables it makes. */
  readonly tables: readonly string[];
  before(types: ColumnTypes): readonly string[];
  after(types: ColumnTypes): readonly string[];
}
