import type { FastifyReply, FastifyRequest } from 'fastify';
import { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';
import { catalogue, type ErrorCode } from '#domain/errors/catalogue.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import type { ResponseMessage } from './response.ts';
import { pathOf } from './query-string.ts';

/** The document of every error answer (RFC 9457, section 3), `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly instance?: string;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly parameter?: string;
  readonly position?: number;
  readonly operation?: number;
}

export const problemType = 'application/problem+json';

/** Seconds a client is told to wait when nobody knows better. */
const retryAfterSeconds = 2;

/** The refusals of Fastify itself, by its error code. Any other of its errors is our own fault. */
const frameworkErrors: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  ['FST_ERR_BAD_URL', ['malformed_request', 'The path is not valid percent-encoding of UTF-8']],
  ['FST_ERR_MAX_PARAM_LENGTH', ['uri_too_long', 'A part of the path is too long']],
  ['FST_ERR_CTP_BODY_TOO_LARGE', ['payload_too_large', 'The body is larger than this server accepts']],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', ['unsupported_media_type', 'Send the body as application/json']],
  [
    'FST_ERR_CTP_INVALID_CONTENT_LENGTH',
    ['malformed_request', 'The body is not as long as Content-Length says'],
  ],
  ['ECONNRESET', ['malformed_request', 'The connection was closed before the whole body was there']],
]);

/** Any thrown value as a Problem. An unknown one becomes `internal`, with the value as its cause, for the log only. */
export function problemFor(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailable) return new Problem('unavailable', { cause: error });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const known = typeof code === 'string' ? frameworkErrors.get(code) : undefined;
  if (known !== undefined) return new Problem(known[0], { detail: known[1], cause: error });
  return new Problem('internal', { cause: error });
}

/** `instance` is the path of the request, without the query: values of a query may be private. */
export function problemDocument(
  problem: Problem,
  place: { readonly requestId: string; readonly instance?: string },
): ProblemDocument {
  const { detail, errors, parameter, position, operation } = problem.details;
  const entry = catalogue[problem.code];
  return {
    type: `/errors/${problem.code}`,
    title: entry.title,
    status: entry.status,
    code: problem.code,
    // Always there, as clients show it: without more to say, the title says it.
    detail: detail ?? entry.title,
    ...(place.instance === undefined ? {} : { instance: place.instance }),
    requestId: place.requestId,
    ...(errors === undefined ? {} : { errors }),
    ...(parameter === undefined ? {} : { parameter }),
    ...(position === undefined ? {} : { position }),
    ...(operation === undefined ? {} : { operation }),
  };
}

/**
 * The header fields that some errors must bring along: WWW-Authenticate with 401 (RFC 9110, 11.6.1; its `error` as
 * RFC 6750, 3.1 wants it, only where a token was sent), Allow with 405, Retry-After with 503 and wherever it is known.
 */
export function problemHeaders(problem: Problem, tokenSent: boolean): Record<string, string> {
  const { status, details } = problem;
  const retryAfter = details.retryAfterSeconds ?? (status === 503 ? retryAfterSeconds : undefined);
  return {
    ...(status === 401 ? { 'www-authenticate': challenge(problem.code, tokenSent) } : {}),
    ...(status === 405 ? { allow: (details.allow ?? []).join(', ') } : {}),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
}

function challenge(code: ErrorCode, tokenSent: boolean): string {
  if (!tokenSent || code === 'invalid_credentials') return 'Bearer realm="plinth"';
  return `Bearer realm="plinth", error="invalid_token", error_description="${catalogue[code].title}"`;
}

/**
 * A problem as the answer to a request: its status, the header fields that go with it, its document.
 * `extension` adds members of its own to the document (RFC 9457, 3.2).
 */
export function problemResponse(
  request: FastifyRequest,
  problem: Problem,
  extension: Readonly<Record<string, unknown>> = {},
): ResponseMessage & { readonly body: string } {
  const document = problemDocument(problem, { requestId: request.id, instance: pathOf(request.url) });
  return {
    status: problem.status,
    headers: {
      ...problemHeaders(problem, request.headers.authorization !== undefined),
      'cache-control': 'no-store',
      'content-type': problemType,
    },
    body: JSON.stringify({ ...document, ...extension }),
  };
}

/** Answers with the problem document; thrown errors end here. `extension` as in `problemAnswer`. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Problem,
  extension?: Readonly<Record<string, unknown>>,
): FastifyReply {
  if (problem.status >= 500) request.failure = problem.cause ?? problem;
  const { status, headers, body } = problemResponse(request, problem, extension);
  // The rest of a refused body is read and dropped, so that the client gets to read the answer.
  if (!request.raw.complete) request.raw.resume();
  reply.removeHeader('etag').removeHeader('location');
  return (
    reply
      .code(status)
      .headers(headers)
      .header('connection', connectionAfter(reply))
      // As bytes: Fastify would add a charset parameter, which JSON media types do not have (RFC 8259, section 11).
      .send(Buffer.from(body))
  );
}

/** Keeps the connection, which Fastify would close after a refused body, unless the client or a stop closes it. */
function connectionAfter({ raw }: FastifyReply): 'close' | 'keep-alive' {
  return raw.shouldKeepAlive && raw.getHeader('connection') !== 'close' ? 'keep-alive' : 'close';
}
