import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder, type Settings } from '#config/index.ts';
import { createDatabaseClock, openDatabase, type Database, type DatabaseClock } from '#data/index.ts';
import { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createCollections, type CollectionsService } from '#services/collections/index.ts';

/** The database and the collections: enough to plan and apply. */
export interface Store {
  readonly settings: Settings;
  readonly log: Log;
  readonly database: Database;
  readonly collections: CollectionsService;
  readonly databaseClock: DatabaseClock;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly settings: Settings;
  readonly log: Log;
}

const askAgainMs = 500;

/**
 * Nothing is asked of the database yet. Throws DatabaseUnavailable for a SQLite file that cannot be opened, or the
 * file system's error for its folder.
 */
export function createStore({ settings, log }: StoreOptions): Store {
  if (settings.databaseUrl.startsWith('sqlite:')) {
    makeFolder(dirname(settings.databaseUrl.slice('sqlite:'.length)));
  }
  const database = openDatabase({
    url: settings.databaseUrl,
    poolMax: settings.databasePoolMax,
    statementTimeoutMs: settings.databaseStatementTimeoutMs,
    prepare: settings.databasePrepare,
    onConnectionLost: (error) => log.warn({ error: error.message }, 'a database connection was lost'),
    onDamage: (error) =>
      log.error({ error }, 'the database is damaged: run "plinth doctor", and restore it from a backup'),
  });
  const collections = createCollections({ database, log });
  const databaseClock = createDatabaseClock(database);
  return { settings, log, database, collections, databaseClock, close: () => database.close() };
}

/** A store whose database answers. Throws as `createStore` does, or DatabaseUnavailable; nothing is left open then. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = createStore(options);
  try {
    await store.database.ping();
    await store.databaseClock.measure();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Resolves when the database answers and takes writes; a full disk is only warned of, since reads go on. Throws
 * DatabaseUnavailable when it does not within `timeoutMs`, or at once when a server answers and refuses the connection.
 */
export async function awaitDatabase({ database, log }: Store, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await database.probe();
      return;
    } catch (error) {
      if (error instanceof DatabaseUnavailable && error.reason === 'full') {
        log.warn({ error }, 'the disk of the database is full: nothing can be written until there is room');
        return;
      }
      const isWorthIt = error instanceof DatabaseUnavailable && error.reason === 'unreachable';
      if (!isWorthIt || performance.now() + askAgainMs > deadline) throw error;
      if (attempt === 1) {
        log.warn({}, `the database does not answer yet; waiting up to ${Math.round(timeoutMs / 1000)} s`);
      }
      await delay(askAgainMs);
    }
  }
}
