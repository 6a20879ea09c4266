import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Reader } from '../database.ts';
import { countOf, quote, statement } from './ddl.ts';
import { readRevision } from './revisions.ts';
import { systemVersion } from './system/index.ts';
import type { SchemaDialect } from './tables.ts';

/** The definitions that were applied last. */
export interface StoredSchema {
  /** In order; empty before the first apply. */
  readonly definitions: readonly CollectionDefinition[];
  /** Our own tables are those this program works with. */
  readonly current: boolean;
  /** Another one after each change of the definitions; 0 before the first. */
  readonly revision: number;
}

/** Definitions with the number under which the database knows them. */
export type DefinitionsInForce = Pick<StoredSchema, 'definitions' | 'revision'>;

export const versionTable = '_plinth_version';

export async function readVersion(reader: Reader, tables: SchemaDialect): Promise<number> {
  if (!(await tables.tableNames(reader)).has(versionTable)) return 0;
  const version = await countOf(reader, `SELECT "version" AS "count" FROM ${quote(versionTable)}`);
  if (version > systemVersion) {
    throw new Problem('newer_database', {
      detail: `This database was changed by a newer Plinth (its version is ${version}, this program knows ${systemVersion}). Start the newer program, or restore a backup from before.`,
    });
  }
  return version;
}

export async function readStored(reader: Reader, tables: SchemaDialect): Promise<StoredSchema> {
  const version = await readVersion(reader, tables);
  if (version === 0) return { definitions: [], current: false, revision: 0 };
  const current = version === systemVersion;
  if (current) return { ...(await readInForce(reader)), current };
  return { definitions: await readDefinitions(reader), current, revision: 0 };
}

/** The number first: with definitions that are newer than it, nothing is written before both are read again. */
export async function readInForce(reader: Reader): Promise<DefinitionsInForce> {
  const revision = await readRevision(reader);
  return { revision, definitions: await readDefinitions(reader) };
}

async function readDefinitions(reader: Reader): Promise<CollectionDefinition[]> {
  const rows = await reader.all<{ definition: string }>(
    statement(`SELECT "definition" FROM "_plinth_collections" ORDER BY "position"`),
  );
  return rows.map(({ definition }) => JSON.parse(definition) as CollectionDefinition);
}
