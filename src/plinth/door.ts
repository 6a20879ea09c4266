import type { ServerOptions } from '#http/server/create-server.ts';
import type { Clock } from '#platform/clock.ts';
import { createReadThrough, type RunningCache } from '#services/response-cache/index.ts';
import type { Backend } from './backend.ts';
import type { Guards } from './guards.ts';

export interface DoorParts {
  readonly backend: Backend;
  readonly guards: Guards;
  /** Without it every read asks the database. */
  readonly responseCache: RunningCache | undefined;
  readonly clock: Clock;
}

/** All that the HTTP door is handed, named one by one: neither the database nor a secret is within its reach. */
export function doorOptions({ backend, guards, responseCache, clock }: DoorParts): ServerOptions {
  const { settings, log, database, collections, records, auth, idempotency } = backend;
  return {
    records,
    readThrough: responseCache && createReadThrough(responseCache.cache),
    collections,
    auth,
    idempotency,
    health: {
      database: () => database.probe(),
      collections: async () => (collections.differsFromGiven() ? 'degraded' : 'ok'),
      ...guards.health,
    },
    settings: {
      bodyLimitBytes: settings.bodyLimitBytes,
      requestTimeoutMs: settings.requestTimeoutMs,
      corsOrigins: settings.corsOrigins,
      trustedProxies: settings.trustedProxies,
      publicUrl: settings.publicUrl,
    },
    limits: guards.limits,
    loadShedder: guards.loadShedder,
    log,
    clock,
  };
}
