import { createChangesRepository, createRecordsRepository, type Database } from '#data/index.ts';
import type { Change, Position } from '#domain/changes.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import { createCollections } from '#services/collections/index.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export const definitions: readonly CollectionDefinition[] = [
  { name: 'users', properties: { team: { reference: 'teams', onDelete: 'cascade' } } },
  { name: 'teams', properties: { name: { type: 'string' } } },
  {
    name: 'notes',
    properties: {
      title: { type: 'string' },
      count: { type: 'integer' },
      weight: { type: 'number' },
      price: { type: 'string', format: 'decimal', scale: 2 },
      done: { type: 'boolean' },
      dueOn: { type: 'string', format: 'date' },
      at: { type: 'string', format: 'date-time' },
      labels: { type: 'array', items: { type: 'string' } },
      anything: { type: 'object' },
      team: { reference: 'teams', onDelete: 'cascade' },
      parent: { reference: 'notes', onDelete: 'setNull' },
    },
  },
  {
    name: 'logs',
    changes: false,
    properties: { line: { type: 'string' }, team: { reference: 'teams', onDelete: 'setNull' } },
  },
];

export const actor = '019b0000-0000-7000-8000-00000000aaaa';

/** A database with its collections, written to below all rules. */
export async function openLogged(database: Database, applied = definitions) {
  const collections = createCollections({ database, log: silent });
  await collections.apply(applied);
  const records = createRecordsRepository(database);
  const changes = createChangesRepository(database);
  let ids = Math.floor(Math.random() * 1e6) * 1_000;
  const collection = (name: string) => collections.current().collections.get(name) as Collection;
  const logged = () => [...collections.current().collections.values()];
  const position = () => database.read((reader) => changes.position(reader));
  return {
    database,
    collections,
    records,
    changes,
    collection,
    position,
    page: (after: Position, limit = 1_000) =>
      database.read((reader) => changes.read(reader, { after, limit, collections: logged() })),
    async since(after: Position): Promise<readonly Change[]> {
      const page = await this.page(after);
      if (page === undefined) throw new Error('the log does not reach back that far');
      return page.changes;
    },
    make(values: Record<string, JsonValue> = {}): StoredRecord {
      const id = `019b0000-0000-7000-8000-${String(++ids).padStart(12, '0')}`;
      const now = '2026-01-31T10:00:00.000Z';
      return { id, createdAt: now, updatedAt: now, version: 1, ...values };
    },
    create(name: string, record: StoredRecord, by?: string) {
      return database.write((transaction) => records.insert(transaction, collection(name), record), {
        actor: by,
      });
    },
    /** As if by hand, in another program. */
    sql: (sql: string, parameters: readonly unknown[] = []) =>
      database.write((transaction) => transaction.run({ sql, parameters })),
  };
}

export type Logged = Awaited<ReturnType<typeof openLogged>>;
