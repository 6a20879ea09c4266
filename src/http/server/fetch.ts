import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { problemDocument, problemType } from '../message/problem.ts';
import { headerBytesMax } from './node-server.ts';

export interface FetchDoorOptions {
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestIds: () => string;
  readonly log: Log;
  /** For a whole body to arrive. */
  readonly requestTimeoutMs: number;
}

export interface FetchDoor {
  /** Answers a request that did not come over a connection; limits count by `clientAddress`, 127.0.0.1 by default. */
  readonly fetch: (request: Request, clientAddress?: string) => Promise<Response>;
  /** Waits until everything is answered, for as long as `timeoutMs`. */
  readonly settle: (timeoutMs: number) => Promise<void>;
}

/** About one connection (RFC 9110, section 7.6.1), which there is none of here. */
const connectionFields = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade'];
const statusesWithoutBody = new Set([204, 205, 304]);

/**
 * The door without a socket: the same routes, hooks and limits. The limits of Node's server on a connection are applied
 * here: the size of a head, and the time of a body. Rejects only with the reason of an aborted request.
 */
export function createFetchDoor(server: FastifyInstance, options: FetchDoorOptions): FetchDoor {
  const unanswered = new Set<Promise<Response>>();

  async function answer(request: Request, clientAddress: string | undefined): Promise<Response> {
    request.signal.throwIfAborted();
    if (headBytesOf(request) > headerBytesMax)
      return problemResponse(new Problem('headers_too_large'), options);
    const { pathname, search } = new URL(request.url);
    const body = request.body === null ? undefined : readableOf(request.body);
    const late = new Problem('request_timeout');
    const timer = setTimeout(() => body?.destroy(late), options.requestTimeoutMs);
    try {
      const answered = await server.inject({
        method: request.method,
        url: `${pathname}${search}`,
        headers: headersOf(request),
        ...(body !== undefined && { payload: body }),
        ...(clientAddress !== undefined && { remoteAddress: clientAddress }),
        signal: request.signal,
        payloadAsStream: true,
      });
      return responseOf(request.method, answered);
    } catch (error) {
      if (error instanceof Problem) return problemResponse(error, options);
      throw error;
    } finally {
      clearTimeout(timer);
      // The rest of a refused body is not waited for.
      body?.destroy();
    }
  }

  return {
    fetch(request, clientAddress) {
      const answering = answer(request, clientAddress);
      unanswered.add(answering);
      const forget = () => unanswered.delete(answering);
      answering.then(forget, forget);
      return answering;
    },
    async settle(timeoutMs) {
      const timeout = new AbortController();
      const { signal } = timeout;
      await Promise.race([
        Promise.allSettled(unanswered),
        delay(timeoutMs, undefined, { signal }).catch(() => {}),
      ]);
      timeout.abort();
    },
  };
}

function responseOf(method: string, { statusCode, headers, stream }: LightMyRequestResponse): Response {
  const hasBody = method !== 'HEAD' && !statusesWithoutBody.has(statusCode);
  const body = hasBody ? (Readable.toWeb(stream()) as ReadableStream) : null;
  return new Response(body, { status: statusCode, headers: fieldsOf(headers) });
}

/** A body as a Node stream. Its failure is the request's fault, like a broken connection. */
function readableOf(body: ReadableStream<Uint8Array>): Readable {
  const reader = body.getReader();
  return new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.destroyed || this.push(done ? null : value),
        (cause: unknown) =>
          this.destroy(
            new Problem('malformed_request', { detail: 'The body ended before it was complete', cause }),
          ),
      );
    },
    destroy(error, callback) {
      reader.cancel(error).catch(() => undefined);
      callback(error);
    },
  });
}

function headBytesOf({ url, headers }: Request): number {
  let bytes = url.length;
  for (const [name, value] of headers) bytes += name.length + value.length + ': \r\n'.length;
  return bytes;
}

/** As they would come over a connection: a Host, and a body that is announced. */
function headersOf(request: Request): Record<string, string> {
  const headers = Object.fromEntries(request.headers);
  for (const name of connectionFields) delete headers[name];
  headers.host ??= new URL(request.url).host;
  if (request.body === null) {
    delete headers['content-type'];
    delete headers['content-length'];
  } else if (headers['content-length'] === undefined) {
    headers['transfer-encoding'] = 'chunked';
  }
  return headers;
}

function fieldsOf(fields: OutgoingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(fields)) {
    if (connectionFields.includes(name)) continue;
    for (const each of [value ?? []].flat()) headers.append(name, String(each));
  }
  return headers;
}

function problemResponse(problem: Problem, { headers, requestIds, log }: FetchDoorOptions): Response {
  const requestId = requestIds();
  log.info({ requestId, status: problem.status, code: problem.code }, 'request refused');
  return new Response(JSON.stringify(problemDocument(problem, { requestId })), {
    status: problem.status,
    headers: {
      ...headers,
      'x-request-id': requestId,
      'cache-control': 'no-store',
      'content-type': problemType,
    },
  });
}
