import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';

/** Clients that were turned away together should not come back together. */
const retryAfterSecondsMax = 3;

/**
 * An onRequest hook that turns requests away while the process has more to do than it can, before any work is done
 * for them. They are not counted: they got nothing.
 */
export function createShedLoad(isOverloaded: () => boolean) {
  return function shedLoad(
    request: FastifyRequest,
    _reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    if (!isOverloaded()) {
      done();
      return;
    }
    request.limit = 'settled';
    const retryAfterSeconds = 1 + Math.floor(Math.random() * retryAfterSecondsMax);
    done(
      new Problem('unavailable', {
        detail: 'There are more requests than this server can answer',
        retryAfterSeconds,
      }),
    );
  };
}
