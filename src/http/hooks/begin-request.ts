import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { anonymous, type Principal } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { acceptsJson } from '../message/accept.ts';
import { targetLengthMax } from '../message/query-string.ts';
import type { RouteLimit } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The principal that the request is executed for: anonymous until authenticate.ts sets another. */
    principal: Principal;
    /** Milliseconds on the monotonic clock. */
    startedAt: number;
    /** The pattern it was routed by, for logs; never the path itself. */
    route: string;
    /** The cause of a 5xx answer, for the log only. */
    failure: unknown;
  }
}

/** Unlike every other, from this process or another: a random beginning, then a count. Cheap: each request needs one. */
export function createRequestIds(): () => string {
  const beginning = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${beginning}-${(count++).toString(36)}`;
}

const requestIdPattern = /^[\w.~:/+=@-]{1,128}$/u;

/** `X-Request-Id` where it is well-formed (1 to 128 characters that are safe in headers, logs and addresses), else a new one. */
export function requestIdOf(request: IncomingMessage, requestIds: () => string): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && requestIdPattern.test(sent) ? sent : requestIds();
}

/** The latest request of a connection, for failures beneath Fastify (see connection-errors.ts). */
const latest = Symbol('latest request of the connection');
export interface Connection extends Socket {
  [latest]?: FastifyReply;
}

/** The reply to the latest request of a connection; undefined before its first request. */
export function latestReplyOn(connection: Connection): FastifyReply | undefined {
  return connection[latest];
}

const answered = Symbol('the request that a response answers');
interface LoggedResponse extends ServerResponse {
  [answered]?: FastifyRequest;
}

export interface ContextOptions {
  readonly log: Log;
  /** Sent with every answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The properties that all requests of a route share. */
export interface RouteContext {
  readonly pattern: string;
  /** Answers in JSON, so an Accept header that rules it out is refused with 406. */
  readonly json: boolean;
  readonly limit: RouteLimit;
}

/**
 * The first hook of every route: sets common headers, writes one log line when the answer is out or the client is gone,
 * and refuses requests that the head alone makes invalid.
 */
export function createContextHooks({ log, headers }: ContextOptions) {
  const noteProxy = createProxyNote(log);

  function logResponse(this: LoggedResponse): void {
    const request = this[answered];
    if (request !== undefined) writeLine(log, request, this);
  }

  return (route: RouteContext) =>
    function beginRequest(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
      request.principal = anonymous;
      request.startedAt = performance.now();
      request.route = route.pattern;
      request.quota = undefined;
      request.limit = route.limit === 'none' ? 'settled' : 'open';
      const response: LoggedResponse = reply.raw;
      response[answered] = request;
      response.on('close', logResponse);
      (request.raw.socket as Connection)[latest] = reply;
      reply.headers(headers).header('x-request-id', request.id);
      noteProxy(request);
      const problem = problemWith(request, reply, route);
      if (problem === undefined) done();
      else done(problem);
    };
}

/** Warns once: behind a proxy that is not trusted, all clients share its address, and so its quota for signing in. */
function createProxyNote(log: Log): (request: FastifyRequest) => void {
  let noted = false;
  return (request) => {
    if (noted || request.raw.headers['x-forwarded-for'] === undefined) return;
    const address = request.raw.socket.remoteAddress;
    if (request.ip !== address) return;
    noted = true;
    log.warn(
      { address },
      'X-Forwarded-For is ignored: if this address is your proxy, name it in TRUSTED_PROXIES, or its clients count as one',
    );
  };
}

function problemWith(request: FastifyRequest, reply: FastifyReply, route: RouteContext): Problem | undefined {
  const { raw } = request;
  if (raw.httpVersionMajor !== 1) return new Problem('malformed_request', { detail: 'Send HTTP/1.1' });
  const single = countSingle(raw.rawHeaders);
  if (single.host > 1 || (single.host === 0 && raw.httpVersionMinor === 1)) {
    return new Problem('malformed_request', { detail: 'HTTP/1.1 wants one Host header' });
  }
  if (single.authorization > 1 || single['content-type'] > 1) {
    const name = single.authorization > 1 ? 'Authorization' : 'Content-Type';
    return new Problem('malformed_request', { detail: `Send one ${name} header` });
  }
  if (raw.httpVersionMinor === 0 && raw.headers['transfer-encoding'] !== undefined) {
    // Proxies of that version take the body for another request: nothing more is read from the connection.
    reply.raw.shouldKeepAlive = false;
    return new Problem('malformed_request', { detail: 'HTTP/1.0 has no Transfer-Encoding' });
  }
  if ((raw.url as string).length > targetLengthMax) {
    return new Problem('uri_too_long', { detail: `The limit is ${targetLengthMax} characters` });
  }
  if (route.json && !acceptsJson(raw.headers.accept)) return new Problem('not_acceptable');
  return undefined;
}

interface SingleFields {
  host: number;
  authorization: number;
  'content-type': number;
}

/**
 * How often each field occurs of which a second one is refused (RFC 9110, 5.3; for Host RFC 9112, 3.2): Node keeps the
 * first, a proxy in front may go by the last. `rawHeaders` are names and values in turn.
 */
function countSingle(rawHeaders: readonly string[]): SingleFields {
  const counts: SingleFields = { host: 0, authorization: 0, 'content-type': 0 };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const { length } = rawHeaders[index] as string;
    if (length !== 4 && length !== 12 && length !== 13) continue;
    const name = (rawHeaders[index] as string).toLowerCase();
    if (Object.hasOwn(counts, name)) counts[name as keyof SingleFields]++;
  }
  return counts;
}

interface RequestFields {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  userId?: string;
  /** The client left before the whole answer was sent. */
  aborted?: true;
  error?: unknown;
}

/** Never a query value, header or body: they may be secret. */
function writeLine(log: Log, request: FastifyRequest, response: ServerResponse): void {
  const status = response.headersSent ? response.statusCode : clientGone;
  const fields: RequestFields = {
    requestId: request.id,
    method: request.method,
    route: request.route,
    status,
    durationMs: Math.round((performance.now() - request.startedAt) * 1000) / 1000,
  };
  const user = request.principal.user;
  if (user !== null) fields.userId = user.id;
  if (!response.writableEnded) fields.aborted = true;
  if (status < 500) {
    log.info(fields, 'request');
    return;
  }
  fields.error = request.failure;
  if (status === 503) log.warn(fields, 'request');
  else log.error(fields, 'request');
}

/** The status in logs of a request whose client left before the answer; never sent. */
const clientGone = 499;
