import { createKeyedRecordsRepository, type Database } from '#data/index.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { Collection } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { nearMiss } from '#domain/near-miss.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import type { RecordsService } from '#services/records/index.ts';
import { checkHeader, matchColumns, type Columns } from './columns.ts';
import { createDateReader } from './dates.ts';
import { exportRecords } from './exporter.ts';
import { readCsv } from './formats/csv.ts';
import { readJsonArray } from './formats/json-array.ts';
import { readNdjson } from './formats/ndjson.ts';
import type { Bytes } from './formats/row.ts';
import { runImport } from './importer.ts';
import { keyProperties } from './key.ts';
import { createReferenceResolver } from './reference-lookups.ts';
import { createPreparer } from './prepare.ts';
import { RowWriter } from './row-writer.ts';
import type { ImportOptions, ImportReport, TransferService } from './transfer.ts';

export { valueOfCell } from './cells.ts';
export * from './transfer.ts';

export interface TransferOptions {
  readonly database: Database;
  readonly collections: Pick<CollectionsService, 'current'>;
  readonly records: RecordsService;
}

/** Imports to and exports from the collections in force. */
export function createTransfer({ database, collections, records }: TransferOptions): TransferService {
  const stored = createKeyedRecordsRepository(database);

  async function importRows(options: ImportOptions): Promise<ImportReport> {
    const model = collections.current();
    const collection = collectionNamed(model.collections, options.collection);
    if (collection.name === usersName) {
      throw new Problem('invalid_import', {
        detail: 'Users cannot be imported: they have passwords. Make them with "plinth users create".',
      });
    }
    const columns = matchColumns(collection, options.map);
    const key = keyProperties(collection, options.key ?? ['id']);
    const resolveReferences = createReferenceResolver(stored, model, collection, options.lookups);
    const readDate = options.dateFormat === undefined ? undefined : createDateReader(options.dateFormat);
    const { onConflict = 'fail' } = options;
    return runImport({
      database,
      options,
      read: (bytes) => readRows(options, collection, columns, bytes),
      prepare: createPreparer({ collection, columns, cells: options.format === 'csv', readDate }),
      createWriter: () => new RowWriter({ records, stored, collection, resolveReferences, onConflict, key }),
    });
  }

  return {
    import: importRows,
    async *export({ collection, format }) {
      yield* exportRecords(records, collectionNamed(collections.current().collections, collection), format);
    },
  };
}

function readRows({ format }: ImportOptions, collection: Collection, columns: Columns, bytes: Bytes) {
  if (format === 'csv') return readCsv(bytes, (header) => checkHeader(collection, columns, header));
  return format === 'json' ? readJsonArray(bytes) : readNdjson(bytes);
}

function collectionNamed(all: ReadonlyMap<string, Collection>, name: string): Collection {
  const collection = all.get(name);
  if (collection !== undefined) return collection;
  const near = nearMiss(name, all.keys());
  const known = near === undefined ? `There are: ${[...all.keys()].join(', ')}.` : `Did you mean ${near}?`;
  throw new Problem('unknown_collection', { detail: `There is no collection "${name}". ${known}` });
}
