import { loadAuthSecret } from '#config/index.ts';
import { createExpiryClock, type ExpiryClock } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import { createIds } from '#platform/ids.ts';
import { createPasswords, type PasswordsOptions } from '#platform/passwords.ts';
import { createTokens, deriveKey } from '#platform/tokens.ts';
import { createAuth, type AuthService } from '#services/auth/index.ts';
import { createChanges, type ChangesService } from '#services/changes/index.ts';
import { createIdempotency, type IdempotencyService } from '#services/idempotency/index.ts';
import { createRecords, type RecordsService } from '#services/records/index.ts';
import { createTransfer, type TransferService } from '#services/transfer/index.ts';
import { openStore, type Store, type StoreOptions } from './store.ts';

/** Every service, and no door. */
export interface Backend extends Store {
  readonly records: RecordsService;
  readonly changes: ChangesService;
  readonly auth: AuthService;
  readonly idempotency: IdempotencyService;
  readonly transfer: TransferService;
  /** By this one rows are removed for their age. */
  readonly expiryClock: ExpiryClock;
  /** Derives keys for other uses from AUTH_SECRET. */
  readonly keyFor: (use: string) => Uint8Array;
}

export interface BackendOptions {
  /** In place of the database's. */
  readonly clock?: Clock;
  /** Cheaper hashes, for tests. */
  readonly passwords?: PasswordsOptions;
}

/** Adds the services to a store. No collection is in force yet: apply or adopt some. Throws as `loadAuthSecret` does. */
export function createBackend(store: Store, options: BackendOptions = {}): Backend {
  const { settings, log, database, collections } = store;
  const { clock = store.databaseClock } = options;
  const secret = loadAuthSecret(settings);
  const keyFor = (use: string) => deriveKey(secret, use);
  const ids = createIds(clock);
  const records = createRecords({ database, collections, clock, ids, cursorSecret: keyFor('cursor') });
  const passwords = createPasswords(options.passwords);
  const tokens = createTokens({ secret, clock });
  const { changesRetentionMs: retentionMs } = settings;
  const expiryClock = createExpiryClock({
    database,
    clock,
    onDoubt: (times) =>
      log.warn(
        times,
        'the clock is more than a year ahead of all that is stored: nothing is removed for its age',
      ),
  });
  const changes = createChanges({ database, collections, clock: expiryClock, log, retentionMs });
  const identity = { passwords, tokens, clock, expiryClock, ids, settings, log };
  const auth = createAuth({ database, collections, records, changes, ...identity });
  const idempotency = createIdempotency({ database, records, clock, expiryClock, log });
  const transfer = createTransfer({ database, collections, records });
  return { ...store, records, changes, auth, idempotency, transfer, expiryClock, keyFor };
}

/**
 * The backend with the collections of COLLECTIONS_DIR in force. Throws `schema_mismatch` when the database does not match
 * them, or as `openStore` does; nothing is left open then.
 */
export async function openBackend(options: StoreOptions & BackendOptions): Promise<Backend> {
  const store = await openStore(options);
  try {
    const backend = createBackend(store, options);
    const definitions = await store.collections.load(options.settings.collectionsDir);
    await store.collections.start(definitions, { applies: false });
    return backend;
  } catch (error) {
    await store.close();
    throw error;
  }
}
