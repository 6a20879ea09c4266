import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemPrincipal } from '#domain/access/principal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Database } from '#data/index.ts';
import { systemClock } from '#platform/clock.ts';
import { createIds } from '#platform/ids.ts';
import { createCollections, type CollectionsService } from '#services/collections/index.ts';
import { createRecords, type RecordsService } from '#services/records/index.ts';
import {
  createTransfer,
  type ImportOptions,
  type ImportReport,
  type TransferService,
} from '#services/transfer/index.ts';
import { inParts } from './bytes.ts';

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface TransferFixture {
  readonly database: Database;
  readonly collections: CollectionsService;
  readonly records: RecordsService;
  readonly transfer: TransferService;
  /** Imports a text; CSV when nothing else is said. */
  importText(collection: string, text: string, options?: Partial<ImportOptions>): Promise<ImportReport>;
  /** Everything an admin sees of a collection, by a list query. */
  list(collection: string, query?: Record<string, string>): Promise<Record<string, unknown>[]>;
}

/** The services over an empty database, with these collections, or those of a folder, in force. */
export async function openTransfer(
  database: Database,
  definitions: string | readonly CollectionDefinition[],
): Promise<TransferFixture> {
  const collections = createCollections({ database, log: silent });
  const folder = typeof definitions === 'string' ? definitions : written(definitions);
  await collections.apply(await collections.load(folder));
  if (folder !== definitions) rmSync(folder, { recursive: true });
  const ids = createIds(systemClock);
  const records = createRecords({
    database,
    collections,
    clock: systemClock,
    ids,
    cursorSecret: 'c'.repeat(32),
  });
  const transfer = createTransfer({ database, collections, records });
  return {
    database,
    collections,
    records,
    transfer,
    importText: (collection, text, options = {}) =>
      transfer.import({ collection, format: 'csv', open: () => inParts(text, 64), ...options }),
    async list(collection, query = {}) {
      const { data } = await records.list(systemPrincipal, collection, new Map(Object.entries(query)));
      return [...data];
    },
  };
}

/** A file in parts of 64 kB. */
export function* fileParts(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  try {
    for (;;) {
      const part = Buffer.alloc(65_536);
      const length = readSync(file, part);
      if (length === 0) return;
      yield part.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function written(definitions: readonly CollectionDefinition[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-collections-'));
  for (const definition of definitions) {
    writeFileSync(join(folder, `${definition.name}.json`), JSON.stringify(definition));
  }
  return folder;
}
