import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { createServer, type HttpServer } from '#http/server/create-server.ts';
import type { Clock } from '#platform/clock.ts';
import { inOrder, type Lifecycle } from '#platform/lifecycle.ts';
import { createRedisWake } from '#services/changes/index.ts';
import { createResponseCache, type RunningCache } from '#services/response-cache/index.ts';
import type { SchemaPlan } from '#services/collections/index.ts';
import { createBackend, type Backend, type BackendOptions } from './plinth/backend.ts';
import { doorOptions } from './plinth/door.ts';
import { createGuards, type Guards } from './plinth/guards.ts';
import { awaitDatabase, createStore, type Store, type StoreOptions } from './plinth/store.ts';

export { openBackend, type Backend } from './plinth/backend.ts';
export { createStore, openStore, type Store } from './plinth/store.ts';

export interface AppOptions extends BackendOptions {
  /** The time to wait for a database server that does not answer yet; 0 when left out. */
  readonly waitForDatabaseMs?: number;
  /** Definitions to use instead of the files in COLLECTIONS_DIR: checked, `users` among them. */
  readonly definitions?: readonly CollectionDefinition[];
  /** Whether `start` listens on HOST and PORT. Without that, `server.listen` and `server.fetch` are the ways in. */
  readonly listens?: boolean;
}

/** The results of a start. */
export interface Started {
  readonly url: string;
  readonly port: number;
  /** The schema changes that the start made. */
  readonly applied: SchemaPlan;
}

/** The whole program. */
export interface App extends Backend, Lifecycle {
  readonly server: HttpServer;
  /** In the order in which they start. */
  readonly services: readonly Lifecycle[];
  /**
   * Starts the services in their order. Throws Problem, InvalidSettings, DatabaseUnavailable or the system's error
   * (EADDRINUSE), with all of them stopped.
   */
  readonly start: () => Promise<Started>;
  /** Finishes requests in flight, within SHUTDOWN_TIMEOUT, and stops the services in the opposite order. */
  readonly stop: () => Promise<void>;
}

export type RunningApp = App & Started;

/** Builds each object once and starts none. */
export function createApp(store: Store, options: AppOptions = {}): App {
  const { settings, log, collections } = store;
  const { clock = store.databaseClock, waitForDatabaseMs = 0, listens = true } = options;
  const backend = createBackend(store, options);
  const guards = createGuards(settings, log);
  const responseCache = createCache(backend, guards, clock);
  const server = createServer(doorOptions({ backend, guards, responseCache, clock }));
  let applied: SchemaPlan = { steps: [], destructive: false, additive: true };
  let address = { url: '', port: 0 };

  const services: readonly Lifecycle[] = [
    { name: 'database', start: () => awaitDatabase(store, waitForDatabaseMs), stop: () => store.close() },
    store.databaseClock,
    once('collections', async () => {
      const definitions = options.definitions ?? (await collections.load(settings.collectionsDir));
      applied = await collections.start(definitions, { applies: settings.applyOnStart === 'safe' });
    }),
    backend.expiryClock,
    collections.follower(),
    once('first admin', () => ensureAdmin(backend)),
    ...(guards.redis ? [guards.redis] : []),
    guards.loadShedder,
    ...(responseCache ? [responseCache] : []),
    backend.changes,
    ...redisWake(backend, guards),
    backend.auth,
    backend.idempotency,
    {
      name: 'HTTP',
      async start() {
        if (listens) address = await server.listen(settings.host, settings.port);
      },
      stop: () => server.close({ timeoutMs: settings.shutdownTimeoutMs }),
    },
  ];
  const { name, start, stop } = inOrder('plinth', services, log);
  return {
    ...backend,
    server,
    services,
    name,
    async start() {
      await start();
      return { ...address, applied };
    },
    async stop() {
      await stop();
    },
  };
}

/** Builds everything and starts it. Throws as `App.start` does; nothing is left open then. */
export async function startApp(options: StoreOptions & AppOptions): Promise<RunningApp> {
  const store = createStore(options);
  try {
    const app = createApp(store, options);
    return { ...app, ...(await app.start()) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A step of the start that leaves nothing to stop. */
function once(name: string, start: () => Promise<void>): Lifecycle {
  return { name, start, stop() {} };
}

function createCache(
  { settings, database, collections, changes, keyFor }: Backend,
  { redis }: Guards,
  clock: Clock,
): RunningCache | undefined {
  if (settings.cache === 'off') return undefined;
  const { cacheItemsMax: itemsMax } = settings;
  return createResponseCache({
    database,
    collections,
    changes,
    clock,
    itemsMax,
    redis,
    key: keyFor('cache'),
  });
}

function redisWake({ settings: { redisUrl: url }, changes }: Backend, { redis }: Guards): Lifecycle[] {
  return redis && url !== undefined ? [createRedisWake({ changes, redis, url })] : [];
}

async function ensureAdmin({ settings, auth, log }: Backend): Promise<void> {
  const { adminEmail, adminPassword } = settings;
  if (adminEmail === undefined || adminPassword === undefined) return;
  const isMade = await auth.administration.ensureAdmin(adminEmail, adminPassword);
  if (isMade) log.info({}, 'made the admin that ADMIN_EMAIL names');
}
