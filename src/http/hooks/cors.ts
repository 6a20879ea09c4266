import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import { addVary } from '../message/cache-headers.ts';

const exposed =
  'ETag, Location, Link, X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed, Cache-Status';
const requestHeaders = 'Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id';
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const preflightSeconds = '600';

/**
 * Cross-origin reads for the listed origins, compared as they are; `*` stands for all. Never with credentials: Plinth
 * sets no cookies. An origin that is not listed gets an answer without these headers, which browsers refuse to show.
 */
export function createCorsHook(origins: readonly string[]) {
  const all = origins.includes('*');
  const listed = new Set(origins);
  return function cors(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    if (!all) addVary(reply, 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !(all || listed.has(origin))) {
      done();
      return;
    }
    reply.header('access-control-allow-origin', all ? '*' : origin);
    if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
      reply
        .header('access-control-allow-methods', methods)
        .header('access-control-allow-headers', requestHeaders)
        .header('access-control-max-age', preflightSeconds);
    } else {
      reply.header('access-control-expose-headers', exposed);
    }
    done();
  };
}
