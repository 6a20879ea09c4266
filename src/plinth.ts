import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadAuthSecret, makeFolder, type Settings } from '#config/index.ts';
import { openDatabase, type Database } from '#data/index.ts';
import { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';
import { createServer, type HttpServer } from '#http/server/create-server.ts';
import { systemClock, type Clock } from '#platform/clock.ts';
import { startGuards, type Guards } from '#platform/guards.ts';
import { createIds } from '#platform/ids.ts';
import type { Log } from '#platform/log.ts';
import { createPasswords, type PasswordsOptions } from '#platform/passwords.ts';
import { createTokens, deriveKey } from '#platform/tokens.ts';
import { createAuth, type AuthService } from '#services/auth/index.ts';
import { createResponseCache, createReads, type RunningCache } from '#services/response-cache/index.ts';
import { createCollections, type CollectionsService, type SchemaPlan } from '#services/collections/index.ts';
import { createIdempotency, type IdempotencyService } from '#services/idempotency/index.ts';
import { createRecords, type RecordsService } from '#services/records/index.ts';
import { createTransfer, type TransferService } from '#services/transfer/index.ts';

/** The database and the collections: enough to plan and apply. */
export interface Store {
  readonly settings: Settings;
  readonly log: Log;
  readonly database: Database;
  readonly collections: CollectionsService;
  close(): Promise<void>;
}

/** Everything but the doors. */
export interface Backend extends Store {
  readonly records: RecordsService;
  readonly auth: AuthService;
  readonly idempotency: IdempotencyService;
  readonly transfer: TransferService;
}

/** The running program. */
export interface App extends Backend {
  readonly server: HttpServer;
  readonly url: string;
  readonly port: number;
  /** What was changed in the database at start. */
  readonly applied: SchemaPlan;
  /** Finishes what is in flight, for as long as SHUTDOWN_TIMEOUT allows, then lets go of the database. */
  stop(): Promise<void>;
}

export interface StoreOptions {
  readonly settings: Settings;
  readonly log: Log;
  /** How long to wait for a database server that does not answer yet; not at all when left out. */
  readonly waitForDatabaseMs?: number;
}

export interface BackendOptions extends StoreOptions {
  readonly clock?: Clock;
  /** Cheaper hashes, for tests. */
  readonly passwords?: PasswordsOptions;
}

const askAgainMs = 500;

/** Opens the database. Throws DatabaseUnavailable, or the file system's error for the folder of a SQLite file. */
export async function openStore({ settings, log, waitForDatabaseMs = 0 }: StoreOptions): Promise<Store> {
  if (settings.databaseUrl.startsWith('sqlite:')) {
    makeFolder(dirname(settings.databaseUrl.slice('sqlite:'.length)));
  }
  const database = openDatabase({
    url: settings.databaseUrl,
    poolMax: settings.databasePoolMax,
    statementTimeoutMs: settings.databaseStatementTimeoutMs,
    prepare: settings.databasePrepare,
    onConnectionLost: (error) => log.warn({ error: error.message }, 'a database connection was lost'),
  });
  try {
    await awaitDatabase(database, log, waitForDatabaseMs);
  } catch (error) {
    await database.close();
    throw error;
  }
  const collections = createCollections({ database, log });
  return { settings, log, database, collections, close: () => database.close() };
}

/** Adds the services to a store. No collection is in force yet: apply or adopt some. */
export function createBackend(store: Store, options: Omit<BackendOptions, keyof StoreOptions> = {}): Backend {
  const { settings, log, database, collections } = store;
  const { clock = systemClock } = options;
  const secret = loadAuthSecret(settings);
  const ids = createIds(clock);
  const records = createRecords({
    database,
    collections,
    clock,
    ids,
    cursorSecret: deriveKey(secret, 'cursor'),
  });
  const passwords = createPasswords(options.passwords);
  const tokens = createTokens({ secret, clock });
  const auth = createAuth({ database, collections, records, passwords, tokens, clock, ids, settings, log });
  const idempotency = createIdempotency({ database, clock, log });
  const transfer = createTransfer({ database, collections, records });
  return { ...store, records, auth, idempotency, transfer };
}

/** The backend with the collections of COLLECTIONS_DIR in force. Throws Refusal when the database does not match them. */
export async function openBackend(options: BackendOptions): Promise<Backend> {
  const store = await openStore(options);
  try {
    const backend = createBackend(store, options);
    await store.collections.adopt(await store.collections.load(options.settings.collectionsDir));
    return backend;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Starts everything, in order: database, schema, the first admin, the door. Throws Refusal, InvalidSettings,
 * DatabaseUnavailable or the system's error (EADDRINUSE); nothing is left open then.
 */
export async function startApp(options: BackendOptions): Promise<App> {
  const { settings, clock = systemClock } = options;
  const store = await openStore(options);
  try {
    const backend = createBackend(store, options);
    const applied = await bringToForce(backend);
    await ensureAdmin(backend);
    const guards = await startGuards(settings, options.log);
    const kept = keepAnswers(backend, guards, clock);
    const beside = { stop: () => (kept?.stop(), guards.stop()) };
    const server = createServer({
      ...backend,
      ...guards,
      reads: createReads({ ...backend, answers: kept?.cache }),
      health: { database: () => store.database.ping(), ...guards.health },
      clock,
    });
    const { url, port } = await listen(server, beside, settings);
    backend.auth.start();
    backend.idempotency.start();
    return { ...backend, server, url, port, applied, stop: createStop(backend, server, beside) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function keepAnswers(
  { settings, database, collections }: Backend,
  { redis }: Guards,
  clock: Clock,
): RunningCache | undefined {
  if (settings.cache === 'off') return undefined;
  const { redisUrl: url, cacheItemsMax: itemsMax } = settings;
  return createResponseCache({
    database,
    collections,
    clock,
    itemsMax,
    redis: redis && url !== undefined ? { connection: redis, url } : undefined,
    key: deriveKey(loadAuthSecret(settings), 'cache'),
  });
}

async function listen(
  server: HttpServer,
  beside: { stop(): void },
  { host, port }: Settings,
): Promise<{ url: string; port: number }> {
  try {
    return await server.listen(host, port);
  } catch (error) {
    await server.close();
    beside.stop();
    throw error;
  }
}

async function bringToForce({ settings, collections }: Backend): Promise<SchemaPlan> {
  const definitions = await collections.load(settings.collectionsDir);
  if (settings.applyOnStart === 'safe') return collections.apply(definitions);
  await collections.adopt(definitions);
  return { steps: [], destructive: false };
}

async function ensureAdmin({ settings, auth, log }: Backend): Promise<void> {
  const { adminEmail, adminPassword } = settings;
  if (adminEmail === undefined || adminPassword === undefined) return;
  const isMade = await auth.administration.ensureAdmin(adminEmail, adminPassword);
  if (isMade) log.info({}, 'made the admin that ADMIN_EMAIL names');
}

function createStop(
  { settings, auth, idempotency, database }: Backend,
  server: HttpServer,
  beside: { stop(): void },
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  async function stop(): Promise<void> {
    await server.close({ timeoutMs: settings.shutdownTimeoutMs });
    beside.stop();
    await auth.stop();
    await idempotency.stop();
    await database.close();
  }
  return () => (stopping ??= stop());
}

/** Asks the database until it answers or the time is over; a server that refuses us is not asked again. */
async function awaitDatabase(database: Database, log: Log, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await database.ping();
      return;
    } catch (error) {
      const isWorthIt = error instanceof DatabaseUnavailable && error.reason === 'unreachable';
      if (!isWorthIt || performance.now() + askAgainMs > deadline) throw error;
      if (attempt === 1) {
        log.warn({}, `the database does not answer yet; waiting up to ${Math.round(timeoutMs / 1000)} s`);
      }
      await delay(askAgainMs);
    }
  }
}
