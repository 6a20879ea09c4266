import type { FastifyReply } from 'fastify';

/** Names a request header that the answer depends on, besides those that are named already (RFC 9110, 12.5.5). */
export function addVary(reply: FastifyReply, field: string): void {
  const named = reply.getHeader('vary');
  reply.header('vary', named === undefined ? field : `${String(named)}, ${field}`);
}
