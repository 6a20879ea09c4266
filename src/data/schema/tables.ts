import type { Collection, Index, Property } from '#domain/collections/model.ts';
import type { TableAlteration, TableChange } from '#domain/collections/diff/steps.ts';
import type { Dialect, Reader, SchemaTransaction, Transaction } from '../database.ts';
import type { TriggerDialect } from './trigger-dialect.ts';

/** A table as it stands in a database, in words that both databases share. */
export interface TableShape {
  readonly name: string;
  readonly columns: readonly ColumnShape[];
  readonly foreignKeys: readonly ForeignKeyShape[];
  readonly indexes: readonly IndexShape[];
}

export interface ColumnShape {
  readonly name: string;
  /** As in `Dialect.columnType`. */
  readonly type: string;
  readonly required: boolean;
  /** The database fills it by itself; Plinth never lets it. */
  readonly filled: boolean;
}

export interface ForeignKeyShape {
  readonly column: string;
  readonly table: string;
  readonly onDelete: 'NO ACTION' | 'CASCADE' | 'SET NULL' | (string & {});
}

/** The index of the primary key is not among them. */
export interface IndexShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
}

/** The schema operations that differ between the databases. Indexes, search tables and values are common code. */
export interface SchemaDialect {
  /** Names of all tables of the schema that Plinth lives in, also those it did not make. */
  tableNames(reader: Reader): Promise<ReadonlySet<string>>;
  /** Throws `insufficient_privilege` when the database user may not make tables. */
  refuseWithoutRights(transaction: Transaction): Promise<void>;
  /** Where more can be done while tables are in use than in a transaction. */
  readonly ahead?: ChangesAhead;
  /** Keeps everybody else from reading and writing tables that change until the end of the transaction. */
  lock(transaction: Transaction, changes: readonly TableChange[]): Promise<void>;
  introspect(reader: Reader): Promise<readonly TableShape[]>;
  /** About how long writes wait for a change of a table with so many records; absent where they hardly do. */
  readonly writesWaitMs?: (change: TableAlteration, records: number) => number;
  /**
   * Creates, drops and alters tables. `scratch` names the columns that hold rewritten values. Indexes that the new
   * collections do not have are gone before; those that they need are made afterwards.
   */
  changeTables(
    transaction: Transaction,
    changes: readonly TableChange[],
    scratch: ScratchColumns,
  ): Promise<void>;
  /** Makes references real, where that can only be done when all tables are there. */
  addForeignKeys(transaction: Transaction, changes: readonly TableChange[]): Promise<void>;
  readonly triggers: TriggerDialect;
  /** The options after the list of columns in CREATE TABLE of a table of ours. */
  readonly tableOptions: string;
  /** The same for a table whose rows are found by their primary key alone. */
  readonly keyedTableOptions: string;
}

/** Objects built while the tables are in use, so that the change itself holds its locks briefly. Until then unused. */
export interface ChangesAhead {
  /** `check` throws when the change is not to be made; it is called before anything is built. */
  prepare(
    transaction: SchemaTransaction,
    changes: readonly TableChange[],
    check: () => Promise<void>,
  ): Promise<void>;
  /** Whether an index is there already; where it is a unique one, no two records have the same values. */
  has(reader: Reader, change: TableAlteration, index: Index): Promise<boolean>;
  /** Within the change, when the tables have their new form: takes in an index that is there already, if it is. */
  adopt(transaction: Transaction, change: TableAlteration, index: Index): Promise<boolean>;
  /** There is something that no change has taken in: left by one that was given up, or for one that is under way. */
  isLeft(reader: Reader): Promise<boolean>;
  /** Removes the objects left by a change that was given up. */
  forget(transaction: SchemaTransaction): Promise<void>;
}

/** Rewritten properties, by their definition after the change, and the column with their new values. */
export type ScratchColumns = ReadonlyMap<Property, string>;

/** The foreign key of a reference property; undefined for any other property. */
export function foreignKeyOf(property: Property): ForeignKeyShape | undefined {
  if (property.reference === undefined) return undefined;
  const onDelete = { restrict: 'NO ACTION', cascade: 'CASCADE', setNull: 'SET NULL' }[
    property.reference.onDelete
  ];
  return { column: property.name, table: property.reference.collection, onDelete };
}

/** The table that a collection should have. */
export function shapeOf(collection: Collection, dialect: Dialect): TableShape {
  const properties = [...collection.properties.values()];
  return {
    name: collection.name,
    columns: properties.map((property) => ({
      name: property.name,
      type: dialect.columnType(property),
      required: property.required,
      filled: false,
    })),
    foreignKeys: properties.map(foreignKeyOf).filter((key) => key !== undefined),
    indexes: collection.indexes.map(({ name, properties: columns, unique }) => ({ name, columns, unique })),
  };
}

export function alterationsIn(changes: readonly TableChange[]): TableAlteration[] {
  return changes.filter((change) => change.kind === 'alter');
}
