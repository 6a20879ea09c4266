import type { Dialect } from '../../database.ts';

const systemKinds = ['string', 'integer', 'number', 'boolean', 'timestamp', 'uuid', 'json'] as const;

/** Types of the columns of our own tables, by kind of value: the same statements serve both databases. */
export type ColumnTypes = Readonly<Record<(typeof systemKinds)[number], string>>;

export function columnTypesOf(dialect: Dialect): ColumnTypes {
  return Object.fromEntries(
    systemKinds.map((kind) => [kind, dialect.columnType({ kind })]),
  ) as unknown as ColumnTypes;
}

/**
 * One change to our own tables. Append-only: a migration that has been released is never edited; the next number is.
 * `before` runs before the tables of the collections change, `after` when they (and `users`) are there.
 */
export interface SystemMigration {
  readonly version: number;
  /** Names of the tables it makes. */
  readonly tables: readonly string[];
  before(types: ColumnTypes, dialect: Dialect['name']): readonly string[];
  after(types: ColumnTypes): readonly string[];
}
