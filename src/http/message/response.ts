import type { FastifyReply } from 'fastify';

/** As Fastify sends what it serializes itself. */
export const jsonType = 'application/json; charset=utf-8';

/** An answer as a value: it can be sent, or kept and sent again. Header names are in lower case. */
export interface ResponseMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes out as JSON; undefined where there is none. */
  readonly body?: unknown;
}

/** Puts an answer into a reply; what it returns is for Fastify to send. */
export function send(reply: FastifyReply, { status, headers, body }: ResponseMessage): unknown {
  reply.code(status).headers(headers);
  return body === undefined ? reply.send() : body;
}

/** What goes out as JSON, or is JSON already. */
export function sendJson(reply: FastifyReply, body: unknown): unknown {
  if (typeof body === 'string') reply.type(jsonType);
  return body;
}
