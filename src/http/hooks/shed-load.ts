import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import type { LoadShedder } from '#platform/load-shedder.ts';
import { problemResponse } from '../message/problem.ts';

/** The delays in `Retry-After`, one of them at random, so that clients refused together do not come back together. */
const retryAfterSeconds = [1, 2, 3];

/** The problems are made once: the cost of a refusal is taken from the requests that are served. */
const problems = retryAfterSeconds.map(
  (seconds) =>
    new Problem('unavailable', {
      detail: 'There are more requests than this server can answer',
      retryAfterSeconds: seconds,
    }),
);

/** The limit of refusals within one turn of the event loop, in milliseconds. */
const turningAwayMs = 4;

/**
 * An onRequest hook that turns requests away when there are more than can be answered in time, before any work is done
 * for them. They are not counted: they got nothing.
 *
 * It answers when the turn of the event loop ends, and no more than there is time for: a connection that waits for its
 * answer sends nothing more, so a turn stays short and most of it serves, however much is asked for.
 */
export function createShedLoad(loadShedder: LoadShedder) {
  let waiting: FastifyReply[] = [];

  function turnSomeAway(): void {
    const endsAtMs = performance.now() + turningAwayMs;
    let count = 0;
    while (count < waiting.length && performance.now() < endsAtMs) turnAway(waiting[count++] as FastifyReply);
    waiting = waiting.slice(count);
    if (waiting.length > 0) setImmediate(turnSomeAway);
  }

  return function shedLoad(
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    if (loadShedder.admits(request.startedAt)) {
      done();
      return;
    }
    if (waiting.length === 0) setImmediate(turnSomeAway);
    waiting.push(reply.hijack());
  };
}

/** Beneath Fastify, which would take twice as long. */
function turnAway(reply: FastifyReply): void {
  const { request, raw } = reply;
  request.failure = 'overload';
  const problem = problems[Math.floor(Math.random() * problems.length)] as Problem;
  const { status, headers, body } = problemResponse(request, problem);
  raw.writeHead(status, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    ...headers,
    'content-length': Buffer.byteLength(body),
  });
  raw.end(body);
  // The rest of the request is read and dropped, so that the client gets to read the answer.
  if (!request.raw.complete) request.raw.resume();
}
