import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CacheNote } from '#services/response-cache/index.ts';
import { addVary } from './vary.ts';

/** May be kept by the client that asked, who asks again each time: the record, or a rule, may have changed. */
export const privately = 'private, no-cache';

/** The same for what anyone would get who does not sign in: anybody on the way may keep it. */
const publicly = 'public, no-cache';

/** Says who may keep an answer (RFC 9111), and where it came from (Cache-Status, RFC 9211). */
export function setCaching(request: FastifyRequest, reply: FastifyReply, cache: CacheNote | undefined): void {
  const isPublic = cache?.isForEveryone === true && request.headers.authorization === undefined;
  reply.header('cache-control', isPublic ? publicly : privately);
  addVary(reply, 'Authorization');
  if (cache !== undefined) reply.header('cache-status', cacheStatusOf(cache));
}

function cacheStatusOf({ status }: CacheNote): string {
  return status === 'hit' ? 'plinth; hit' : `plinth; fwd=${status}`;
}
