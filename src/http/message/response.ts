import type { FastifyReply } from 'fastify';
import { JsonText } from '#services/records/index.ts';

/** The content type that Fastify itself sends with JSON. */
const jsonType = 'application/json; charset=utf-8';

/** A response as a value. */
export interface ResponseMessage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Goes out as JSON; undefined where there is none. */
  readonly body?: unknown;
}

/** Puts a message into a reply, and returns the payload for Fastify to send. */
export function send(reply: FastifyReply, { status, headers, body }: ResponseMessage): unknown {
  reply.code(status).headers(headers);
  if (body instanceof JsonText) return reply.type(jsonType).send(body.text);
  return body === undefined ? reply.send() : body;
}
