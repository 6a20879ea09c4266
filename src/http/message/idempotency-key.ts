import type { FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';

/** As Node names it. */
export const keyHeader = 'idempotency-key';

const pattern = /^[!-~]{1,255}$/;

/** The Idempotency-Key of a request; undefined without one. Throws `malformed_request` for one that is none. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers[keyHeader];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && pattern.test(key)) return key;
  throw new Problem('malformed_request', {
    detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters without spaces, and be there once',
  });
}
