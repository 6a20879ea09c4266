import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Problem } from '#domain/errors/problem.ts';
import type { LoadShedder } from '#platform/load-shedder.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { AuthService } from '#services/auth/index.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import type { IdempotencyService } from '#services/idempotency/index.ts';
import type { ReadThrough, RecordsService } from '#services/records/index.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { answerConnectionErrors } from './connection-errors.ts';
import { createFetchDoor, type FetchDoor } from './fetch.ts';
import {
  closeTimeoutMs,
  createHttpServer,
  headerBytesMax,
  lifecycleOf,
  type ServerLifecycle,
} from './node-server.ts';
import { createConnections } from './stopping.ts';
import { createOpenApiSource } from '../openapi/document.ts';
import { createDocsBundle } from '../pages/docs-bundle.ts';
import { createAuthenticate, createAuthenticateOptionally } from '../hooks/authenticate.ts';
import { createCorsHook } from '../hooks/cors.ts';
import { acceptJsonBodies } from '../hooks/json-body.ts';
import { createLimiter, type Limiter, type Limits } from '../hooks/rate-limit.ts';
import { createContextHooks, createRequestIds, requestIdOf } from '../hooks/begin-request.ts';
import { createShedLoad } from '../hooks/shed-load.ts';
import { problemFor, sendProblem } from '../message/problem.ts';
import { registerRoutes } from './register-routes.ts';
import { surface, type Route } from '../routes/table.ts';
import { authRoutes } from '../routes/auth.ts';
import { documentationRoutes } from '../routes/documentation.ts';
import { healthRoutes, type HealthCheck } from '../routes/health.ts';
import { recordRoutes } from '../routes/records.ts';
import { securityHeaders } from '../hooks/security-headers.ts';

export interface ServerSettings {
  /** Most bytes of a request body; more is 413. */
  readonly bodyLimitBytes: number;
  /** Longest time a request may take to arrive, head and body. */
  readonly requestTimeoutMs: number;
  /** Origins that browsers may call from; `*` for all; none by default. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Where clients reach this service, without a slash at its end, if it is not where it listens. */
  readonly publicUrl?: string | undefined;
}

export interface ServerOptions {
  readonly records: Pick<RecordsService, 'execute'>;
  /** Caches reads; nothing is cached without it. */
  readonly readThrough?: ReadThrough | undefined;
  readonly collections: CollectionsService;
  readonly auth: AuthService;
  readonly idempotency: Pick<IdempotencyService, 'execute'>;
  /** The parts of `GET /health/ready`, by name. */
  readonly health: Readonly<Record<string, HealthCheck>>;
  readonly settings: ServerSettings;
  /** Nothing is limited without it. */
  readonly limits?: Limits | undefined;
  /** Decides which requests to refuse when there are more than this process can answer; without it none is. */
  readonly loadShedder?: LoadShedder;
  readonly log: Log;
  readonly clock: Clock;
}

export interface HttpServer extends ServerLifecycle {
  /** A request without a network, for tests. */
  readonly inject: FastifyInstance['inject'];
  /** The same for a program that embeds Plinth. */
  readonly fetch: FetchDoor['fetch'];
}

const healthCheckTimeoutMs = 2_000;

/** Counts nothing. */
const idle = { enter: () => 0, leave: () => {} };

/** The HTTP door. Everything it needs is handed in; it holds no state but connections. */
export function createServer(options: ServerOptions): HttpServer {
  const { settings, log, clock } = options;
  const requestIds = createRequestIds();
  const headers = securityHeaders(settings.publicUrl);
  const begin = createContextHooks({ log, headers });
  const beginUnrouted = begin({ pattern: '(none)', json: false, limit: 'standard' });
  const limiter = options.limits === undefined ? undefined : createLimiter(options.limits);
  const refuse = createRefuse(limiter);
  const authenticate = createAuthenticate(options.auth);
  const connections = createConnections();
  let stopping = false;

  const server = fastify({
    serverFactory: (handler) => {
      const nodeServer = createHttpServer(handler, settings, connections);
      answerConnectionErrors(nodeServer, { log, clock, requestIds, headers, limiter });
      return nodeServer;
    },
    // answerConnectionErrors does it, on every server that the factory makes.
    clientErrorHandler: () => {},
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      beginUnrouted.call(server, request, reply, (problem) => {
        refuse(request, reply, problemFor(problem ?? error));
      });
    },
    bodyLimit: settings.bodyLimitBytes,
    trustProxy: trusted(settings.trustedProxies),
    requestIdHeader: false,
    genReqId: (request) => requestIdOf(request, requestIds),
    exposeHeadRoutes: false,
    // While closing, requests on open connections are still served; Fastify's own 503 is no problem document.
    return503OnClosing: false,
    routerOptions: {
      // The raw query: parseQuery sees doubled names, which an object would hide.
      querystringParser: (query) => query as unknown as Record<string, unknown>,
      // A long parameter names a record or collection that does not exist; the target as a whole has a limit.
      maxParamLength: headerBytesMax,
    },
  });
  acceptJsonBodies(server);
  server.setErrorHandler((error, request, reply) => refuse(request, reply, problemFor(error)));
  registerRoutes(
    server,
    routesOf(options, limiter, () => stopping),
    {
      begin,
      cors: settings.corsOrigins.length === 0 ? undefined : createCorsHook(settings.corsOrigins),
      shedLoad: options.loadShedder && createShedLoad(options.loadShedder),
      authenticate,
      recognise: createAuthenticateOptionally(authenticate),
      limiter,
    },
  );
  const life = lifecycleOf(server, connections, () => (stopping = true));
  const { fetch, settle } = createFetchDoor(server, { ...settings, headers, requestIds, log });
  return {
    ...life,
    inject: server.inject.bind(server),
    fetch,
    async close({ timeoutMs = closeTimeoutMs } = {}) {
      await Promise.all([life.close({ timeoutMs }), settle(timeoutMs)]);
    },
  };
}

function routesOf(
  options: ServerOptions,
  limiter: Limiter | undefined,
  stopping: () => boolean,
): readonly Route[] {
  const { settings, records, idempotency, readThrough, loadShedder = idle } = options;
  const linkBase = settings.publicUrl ?? '';
  return surface({
    records: recordRoutes({ records, idempotency, readThrough, loadShedder, linkBase }),
    auth: authRoutes({ auth: options.auth, limiter }),
    health: healthRoutes({ parts: options.health, stopping, checkTimeoutMs: healthCheckTimeoutMs }),
    documentation: documentationRoutes({
      collections: options.collections,
      openapi: createOpenApiSource({ publicUrl: settings.publicUrl, version: manifest.version }),
      bundle: createDocsBundle(),
    }),
  });
}

/** Answers thrown errors. Refused requests count too: else a stranger could send them without limit. */
function createRefuse(limiter: Limiter | undefined) {
  return (request: FastifyRequest, reply: FastifyReply, problem: Problem): void => {
    if (limiter === undefined || request.limit === 'settled') {
      sendProblem(request, reply, problem);
      return;
    }
    limiter.countRefused(request, reply, (limited) => {
      sendProblem(request, reply, limited ?? problem);
    });
  };
}

/** As Fastify takes it. Fastify would read an empty list as a list of nobody, and go through it with each request. */
function trusted(proxies: readonly string[]): boolean | string[] {
  if (proxies.length === 0) return false;
  return proxies.includes('any') ? true : [...proxies];
}
