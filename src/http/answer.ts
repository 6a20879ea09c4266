import type { FastifyReply } from 'fastify';

/** An answer as a value: it can be sent, or kept and sent again. Header names are in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes out as JSON; undefined where there is none. */
  readonly body?: unknown;
}

/** Puts an answer into a reply; what it returns is for Fastify to send. */
export function send(reply: FastifyReply, { status, headers, body }: Answer): unknown {
  reply.code(status).headers(headers);
  return body === undefined ? reply.send() : body;
}
