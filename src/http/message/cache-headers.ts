import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheNote } from '#services/records/index.ts';

/** The client may store it, and asks again each time: the record, or a rule, may have changed. */
export const privately = 'private, no-cache';

/** The same for shared caches, where the response is the same for all anonymous clients. */
const publicly = 'public, no-cache';

/** The Cache-Control of a read (RFC 9111). */
export function cacheControlOf({ headers }: FastifyRequest, cache: CacheNote | undefined): string {
  return cache?.isForEveryone === true && headers.authorization === undefined ? publicly : privately;
}

/** Says of a read that it depends on the principal, and where it came from (Cache-Status, RFC 9211). */
export function noteCache(reply: FastifyReply, cache: CacheNote | undefined): void {
  addVary(reply, 'Authorization');
  if (cache === undefined) return;
  reply.header('cache-status', cache.status === 'hit' ? 'plinth; hit' : `plinth; fwd=${cache.status}`);
}

/** Names a request header that the response depends on, besides those that are named already (RFC 9110, 12.5.5). */
export function addVary(reply: FastifyReply, field: string): void {
  const named = reply.getHeader('vary');
  reply.header('vary', named === undefined ? field : `${String(named)}, ${field}`);
}
