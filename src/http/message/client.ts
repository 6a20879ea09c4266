import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WaitingClient } from '#services/records/index.ts';

/** The client that waits for a reply: its address, and a signal that is aborted when it leaves before the reply is out. */
export function clientOf({ ip }: FastifyRequest, { raw }: FastifyReply): WaitingClient {
  const leaving = new AbortController();
  raw.once('close', () => {
    if (!raw.writableEnded) leaving.abort();
  });
  return { address: ip, signal: leaving.signal };
}
