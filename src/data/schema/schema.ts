import { sql } from 'kysely';
import { buildCollection, buildModel } from '#domain/collections/build.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { ImpactReport, SchemaChange, TableChange } from '#domain/collections/diff/steps.ts';
import { trackedCollectionsOf } from '#domain/collections/tracked-collections.ts';
import { Problem } from '#domain/errors/problem.ts';
import {
  DatabaseUnavailable,
  type Database,
  type Reader,
  type SchemaTransaction,
  type Transaction,
} from '../database.ts';
import { createGenerationsRepository } from '../repositories/generations.ts';
import { execute, quote } from './ddl.ts';
import { findDrift } from './drift.ts';
import { createIndexes, dropIndexes } from './indexes.ts';
import { postgresTables } from './postgres-tables.ts';
import { putRevision, readRevision, wereInForce } from './revisions.ts';
import { rewriteValues } from './rewrite.ts';
import { createSearchTables, dropSearchTables } from './search-tables.ts';
import { sqliteTables } from './sqlite-tables.ts';
import {
  readInForce,
  readStored,
  readVersion,
  versionTable,
  type DefinitionsInForce,
  type StoredSchema,
} from './stored-schema.ts';
import { countRecords, surveyChange } from './survey.ts';
import { systemMigrations, systemTables, systemVersion } from './system/index.ts';
import { columnTypesOf } from './system/migration.ts';
import { alterationsIn, type SchemaDialect, type TableShape } from './tables.ts';
import { bringTriggersUpToDate, dropTriggers, triggerDrift } from './triggers.ts';

/** The tables of a database: those of the collections, and our own. */
export interface Schema {
  /** Throws `newer_database` when the database is newer than this program. */
  stored(reader: Reader): Promise<StoredSchema>;
  /** The number of the definitions in force, in a database that is or was current. */
  revision(reader: Reader): Promise<number>;
  /** The definitions in force, from any program. */
  inForce(reader: Reader): Promise<DefinitionsInForce>;
  /** Whether exactly these definitions were in force at some time. */
  wereInForce(reader: Reader, definitions: readonly CollectionDefinition[]): Promise<boolean>;
  /**
   * Builds everything that can be built before the tables are locked; its duration is not limited. `check` throws when
   * the change is not to be made; it is called before anything is built.
   */
  prepare(transaction: SchemaTransaction, change: SchemaChange, check: () => Promise<void>): Promise<void>;
  /** Removes everything prepared for a change that was given up. Throws when the database refuses that now. */
  forget(): Promise<void>;
  /** Locks the tables that change, so that counts stay true until the end of the transaction. */
  lock(transaction: Transaction, change: SchemaChange): Promise<void>;
  /** Counts the effects of a change on the stored records. */
  survey(reader: Reader, change: SchemaChange): Promise<ImpactReport>;
  /** About how long other processes wait with their writes while a change is made, in milliseconds. They read on. */
  writesWaitMs(reader: Reader, change: SchemaChange): Promise<number>;
  /** Carries a change out and keeps the definitions that led to it. To be called under `Database.changeSchema`. */
  carryOut(
    transaction: Transaction,
    change: SchemaChange,
    definitions: readonly CollectionDefinition[],
  ): Promise<void>;
  /** Changes made behind Plinth's back, one sentence per difference. */
  drift(reader: Reader): Promise<readonly string[]>;
  /** Every table there is, ours and others. */
  introspect(reader: Reader): Promise<readonly TableShape[]>;
}

const forgetTimeoutMs = 1_000;
/** SQLSTATE: a foreign object, such as a view, depends on a dropped one; the error's details name it. */
const dependentObjects = '2BP01';

export function openSchema(database: Database): Schema {
  const tables = { sqlite: sqliteTables, postgres: postgresTables }[database.dialect.name](database.dialect);
  return {
    stored: (reader) => readStored(reader, tables),
    revision: readRevision,
    inForce: readInForce,
    wereInForce: (reader, definitions) => wereInForce(reader, database, definitions),
    prepare: async (transaction, change, check) => {
      if ((await readVersion(transaction, tables)) > 0)
        await tables.ahead?.prepare(transaction, change.tables.filter(touchesTable), check);
    },
    async forget() {
      const { ahead } = tables;
      if (ahead === undefined || !(await database.read((reader) => ahead.isLeft(reader)))) return;
      const options = { lockTimeoutMs: forgetTimeoutMs };
      await database.changeSchema((transaction) => ahead.forget(transaction), options);
    },
    lock: (transaction, change) => tables.lock(transaction, change.tables.filter(touchesTable)),
    survey: (reader, change) => surveyChange(reader, database, change, tables.ahead),
    async writesWaitMs(reader, change) {
      let sum = 0;
      for (const alteration of tables.writesWaitMs === undefined ? [] : alterationsIn(change.tables))
        sum += tables.writesWaitMs?.(alteration, await countRecords(reader, alteration.before.name)) ?? 0;
      return sum;
    },
    carryOut: (transaction, change, definitions) =>
      carryOut(transaction, database, tables, change, definitions).catch((error: unknown) => {
        throw problemFor(error);
      }),
    async drift(reader) {
      const { definitions, current } = await readStored(reader, tables);
      const own = current ? [versionTable, ...systemTables] : [];
      const present = await tables.introspect(reader);
      return [
        ...findDrift(definitions, own, present, database.dialect),
        ...(current ? await triggersDrift(reader, tables, definitions, present) : []),
      ];
    },
    introspect: (reader) => tables.introspect(reader),
  };
}

/** Of tables that are there. */
async function triggersDrift(
  reader: Reader,
  { triggers }: SchemaDialect,
  definitions: readonly CollectionDefinition[],
  present: readonly TableShape[],
): Promise<string[]> {
  const tables = new Set(present.map(({ name }) => name));
  const collections = definitions.map(buildCollection).filter(({ name }) => tables.has(name));
  const tracked = trackedCollectionsOf(buildModel(definitions));
  return triggerDrift(triggers, collections, tracked, await triggers.present(reader));
}

/** Turns an objection of the database (a dependent view, a missing right) into an error for operators to read. */
function problemFor(error: unknown): unknown {
  const isNamed = error instanceof Problem || error instanceof DatabaseUnavailable;
  if (isNamed || !(error instanceof Error)) return error;
  const { message, code, detail } = error as Error & { code?: unknown; detail?: unknown };
  // PostgreSQL's details of other errors hold values of records.
  const reason = code === dependentObjects ? `${message} (${String(detail)})` : message;
  return new Problem('schema_conflict', {
    detail: `The database refused the change: ${reason}. Nothing was changed.`,
    cause: error,
  });
}

async function carryOut(
  transaction: Transaction,
  database: Database,
  tables: SchemaDialect,
  change: SchemaChange,
  definitions: readonly CollectionDefinition[],
): Promise<void> {
  await tables.refuseWithoutRights(transaction);
  const version = await readVersion(transaction, tables);
  const pending = systemMigrations.filter((migration) => migration.version > version);
  const columnTypes = columnTypesOf(database.dialect);
  for (const migration of pending)
    await executeAll(transaction, tables, migration.before(columnTypes, database.dialect.name));
  await refuseForeignTables(transaction, tables, change);
  await changeTables(transaction, database, tables, change);
  for (const migration of pending) await executeAll(transaction, tables, migration.after(columnTypes));
  if (version === 0) {
    await execute(
      transaction,
      `CREATE TABLE ${quote(versionTable)} ("version" ${columnTypes.integer} NOT NULL)${tables.tableOptions}`,
    );
    await execute(transaction, `INSERT INTO ${quote(versionTable)} ("version") VALUES (${systemVersion})`);
  } else await execute(transaction, `UPDATE ${quote(versionTable)} SET "version" = ${systemVersion}`);
  await execute(transaction, 'DELETE FROM "_plinth_collections"');
  for (const [position, definition] of definitions.entries()) {
    await transaction.run(
      sql`INSERT INTO "_plinth_collections" ("name", "position", "definition")
          VALUES (${definition.name}, ${position}, ${JSON.stringify(definition)})`.compile(database.build),
    );
  }
  await putRevision(transaction, database, definitions);
  const tracked = trackedCollectionsOf(buildModel(definitions));
  await bringTriggersUpToDate(transaction, tables.triggers, definitions.map(buildCollection), tracked);
  await createGenerationsRepository(database).renewAll(transaction, tracked);
}

function touchesTable(change: TableChange): boolean {
  return change.kind !== 'alter' || change.changesTable;
}

async function changeTables(
  transaction: Transaction,
  database: Database,
  tables: SchemaDialect,
  { tables: all }: SchemaChange,
): Promise<void> {
  const changes = all.filter(touchesTable);
  await dropTriggers(transaction, tables.triggers, changes);
  const scratch = await rewriteValues(transaction, database, changes);
  await dropSearchTables(transaction, changes);
  await dropIndexes(transaction, changes);
  await tables.changeTables(transaction, changes, scratch);
  await createIndexes(transaction, database, tables, changes);
  await tables.addForeignKeys(transaction, changes);
  await createSearchTables(transaction, database, tables, changes);
}

async function executeAll(
  transaction: Transaction,
  tables: SchemaDialect,
  statements: readonly string[],
): Promise<void> {
  for (const ddl of statements) {
    await execute(transaction, ddl.startsWith('CREATE TABLE') ? ddl + tables.tableOptions : ddl);
  }
}

/** A table that somebody else made must not be taken for a collection's. */
async function refuseForeignTables(
  transaction: Transaction,
  tables: SchemaDialect,
  { tables: changes }: SchemaChange,
): Promise<void> {
  const names = await tables.tableNames(transaction);
  const taken = new Set([...names].map((name) => name.toLowerCase()));
  const leaving = new Set(
    changes.flatMap((change) => (change.kind === 'create' ? [] : [change.before.name.toLowerCase()])),
  );
  for (const change of changes) {
    const arrives =
      change.kind === 'create' || (change.kind === 'alter' && change.before.name !== change.after.name);
    if (
      !arrives ||
      !taken.has(change.after.name.toLowerCase()) ||
      leaving.has(change.after.name.toLowerCase())
    )
      continue;
    throw new Problem('schema_conflict', {
      detail: `The database already has a table "${change.after.name}" that Plinth did not make. Rename it, or call the collection something else.`,
    });
  }
}
