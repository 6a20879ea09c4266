import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/telemetry/log.ts';
import type { Limiter } from '../hooks/rate-limit.ts';
import { latestReplyOn, type Connection } from '../hooks/begin-request.ts';
import { afterAnswers } from './turns.ts';
import { problemDocument, problemHeaders, problemType } from '../message/problem.ts';
import { targetLengthMax } from '../message/query-string.ts';

/** How long a connection that was given up may still send, so that its client gets to read why. */
const lingerMs = 1000;

/** An error of Node's parser: an HPE_ code, the bytes it stopped in, and its reason. */
interface ParserError extends Error {
  readonly code?: string;
  readonly rawPacket?: Buffer;
  readonly reason?: string;
}

export interface ConnectionErrorOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly requestIds: () => string;
  /** As on every other answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Counts them, too: a stranger could send nothing else. */
  readonly limiter: Limiter | undefined;
}

/**
 * Answers failures before there is a request to route: broken framing, headers that are too large, a client that is too
 * slow, CONNECT. The answer is always a problem document. Then the connection is closed, because the beginning of the
 * next request is unknown.
 */
export function answerConnectionErrors(server: Server, options: ConnectionErrorOptions): void {
  server.on('clientError', (error: ParserError, socket) => {
    answer(options, error, socket as Connection);
  });
  server.on('connect', (_request: IncomingMessage, socket) => {
    const problem = new Problem('method_not_allowed', {
      detail: 'This is not a proxy',
      allow: ['GET', 'HEAD'],
    });
    writeAndClose(options, problem, socket as Connection);
  });
  // Expectations that are not known are ignored, as RFC 9110, 10.1.1 allows; Node would answer a bare 417.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
}

function answer(options: ConnectionErrorOptions, error: ParserError, socket: Connection): void {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = connectionProblem(error);
  const reply = latestReplyOn(socket);
  if (reply === undefined || reply.raw.closed) {
    writeAndClose(options, problem, socket, pathIn(error.rawPacket));
  } else if (reply.request.raw.complete) {
    // It is a request after this one that is broken: answers keep the order of the requests.
    afterAnswers(socket, () => writeAndClose(options, problem, socket));
  } else {
    replyAndClose(reply, problem, socket);
  }
}

/** The body of a request that has been routed is broken or late: that request gets the answer. */
function replyAndClose(reply: FastifyReply, problem: Problem, socket: Connection): void {
  if (reply.raw.headersSent) {
    socket.destroySoon();
    return;
  }
  reply.raw.shouldKeepAlive = false;
  void reply.send(problem);
}

function connectionProblem(error: ParserError): Problem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return startsWithLongTarget(error.rawPacket)
        ? new Problem('uri_too_long', { detail: `The limit is ${targetLengthMax} characters` })
        : new Problem('headers_too_large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout');
    default:
      return new Problem('malformed_request', { detail: detailOf(error) });
  }
}

/** The parser's own words: they are about the framing alone and quote no sent bytes. */
function detailOf(error: ParserError): string {
  return error.reason === undefined || error.reason === ''
    ? 'The request is not HTTP/1.1'
    : `The request is not HTTP/1.1: ${error.reason}`;
}

function startsWithLongTarget(packet: Buffer | undefined): boolean {
  if (packet === undefined || !/^[A-Z-]+ /u.test(packet.toString('latin1', 0, 20))) return false;
  const lineEnd = packet.indexOf(0x0a);
  return (lineEnd === -1 ? packet.length : lineEnd) > targetLengthMax;
}

/** The path in a packet that begins with a request line; undefined where it is missing, incomplete or too long. */
function pathIn(packet: Buffer | undefined): string | undefined {
  return /^[A-Z-]+ (\/[!-"$->@-~]{0,2000})[ ?]/u.exec(packet?.toString('latin1', 0, 2_100) ?? '')?.[1];
}

function writeAndClose(
  options: ConnectionErrorOptions,
  problem: Problem,
  socket: Connection,
  instance?: string,
): void {
  const requestId = options.requestIds();
  options.log.info(
    { requestId, status: problem.status, code: problem.code },
    'request refused by the parser',
  );
  const body = JSON.stringify(
    problemDocument(problem, { requestId, ...(instance !== undefined && { instance }) }),
  );
  const write = (quota: Readonly<Record<string, string>>) => {
    if (!socket.writable) return;
    const fields = {
      ...options.headers,
      ...problemHeaders(problem, false),
      ...quota,
      'x-request-id': requestId,
      'cache-control': 'no-store',
      'content-type': problemType,
      'content-length': String(Buffer.byteLength(body)),
      date: options.clock.now().toUTCString(),
      connection: 'close',
    };
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`);
    dropTheRest(socket);
  };
  if (options.limiter === undefined) write({});
  else options.limiter.countUnparsed(socket.remoteAddress, write);
}

/** Drops the client's further bytes for a moment: closed at once, the connection could be reset and the answer lost. */
function dropTheRest(socket: Connection): void {
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once('close', () => clearTimeout(timer));
}
