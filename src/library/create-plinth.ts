import { startApp, type App } from '#plinth';
import { settingsFromValues } from '#config/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { checkGivenDefinitions } from '#services/collections/index.ts';
import type { PlinthSettings } from './settings.ts';

/** Where an embedded Plinth logs: the fields first, then one sentence. pino's own logger fits. */
export interface PlinthLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface PlinthOptions {
  /** The collections beside the built-in `users`, as in the files of the program: see `defineCollection`. */
  readonly collections: readonly CollectionDefinition[];
  readonly settings?: PlinthSettings;
  /** Warnings and errors as JSON lines on standard error when left out. */
  readonly log?: PlinthLog;
}

export interface ListenOptions {
  /** `127.0.0.1` by default; `0.0.0.0` for every network. */
  readonly host?: string;
  /** 3000 by default; 0 takes a free one. */
  readonly port?: number;
}

export interface FetchOptions {
  /** The address that the request came from, for rate limits: all requests without one count as 127.0.0.1. */
  readonly clientAddress?: string;
}

/** A backend inside a program. Its functions may be passed on without it. */
export interface Plinth {
  /** Serves over HTTP. Rejects with the system's error, as EADDRINUSE, and may then be called again. */
  listen(options?: ListenOptions): Promise<{ readonly url: string; readonly port: number }>;
  /**
   * Answers a request without a network, through the same routes, rules and limits. A refused request is answered with
   * a problem document (RFC 9457). Rejects when the request is aborted, and when the start fails.
   */
  fetch(request: Request, options?: FetchOptions): Promise<Response>;
  /** Finishes requests in flight within `shutdownTimeoutMs`, and releases all resources. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Makes a backend of collections. Throws an error that lists every mistake in `collections` or `settings`. Nothing is
 * opened until the first `listen` or `fetch`: that opens the database and brings the collections into force, and
 * rejects if it cannot; the next one tries again.
 */
export function createPlinth({ collections, settings: given = {}, log }: PlinthOptions): Plinth {
  const options = {
    settings: settingsFromValues(given, process.cwd()),
    definitions: checkGivenDefinitions(collections),
    listens: false,
    log: log ?? createLogger({ level: 'warn', format: 'json', output: process.stderr }),
  };
  let starting: Promise<App> | undefined;
  let closing: Promise<void> | undefined;

  function ready(): Promise<App> {
    if (closing !== undefined) return Promise.reject(new Error('This Plinth has been closed'));
    starting ??= startApp(options).catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    return starting;
  }

  async function close(): Promise<void> {
    // Earlier calls of `fetch` and `listen` wait for the same promise, so they reach the server before it is closed.
    // A start that fails leaves nothing open, and has told them why.
    const app = await starting?.catch(() => undefined);
    await app?.stop();
  }

  return {
    async listen({ host = '127.0.0.1', port = 3000 } = {}) {
      const { server } = await ready();
      return server.listen(host, port);
    },
    async fetch(request, { clientAddress } = {}) {
      const { server } = await ready();
      return server.fetch(request, clientAddress);
    },
    close: () => (closing ??= close()),
  };
}
