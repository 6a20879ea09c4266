import { closeSync, openSync, readSync } from 'node:fs';
import { systemPrincipal } from '#domain/access/principal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { ImportOptions, ImportReport } from '#services/transfer/index.ts';
import type { TestDatabase } from '../../support/databases.ts';
import { openServices, type OpenServices } from '../../support/plinth/services.ts';
import { inParts } from './bytes.ts';

export interface TransferFixture extends OpenServices {
  /** Imports a text; CSV when nothing else is said. */
  importText(collection: string, text: string, options?: Partial<ImportOptions>): Promise<ImportReport>;
  /** Everything an admin sees of a collection, by a list query. */
  list(collection: string, query?: Record<string, string>): Promise<Record<string, unknown>[]>;
}

/** The services over an empty database, with these collections, or those of a folder, in force. */
export async function openTransfer(
  kind: TestDatabase,
  wanted: string | readonly CollectionDefinition[],
): Promise<TransferFixture> {
  const services = await openServices(kind, typeof wanted === 'string' ? {} : { definitions: wanted });
  const { collections, records, transfer } = services;
  if (typeof wanted === 'string') await collections.apply(await collections.load(wanted));
  return {
    ...services,
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
