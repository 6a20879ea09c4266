import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService } from '#services/auth/index.ts';

/**
 * An onRequest hook that sets `request.caller`: anonymous without an Authorization header, else the user behind the
 * bearer token (RFC 6750, 2.1). A header that is there but no good is refused, never taken for anonymous.
 */
export function createAuthenticate(auth: AuthService) {
  return async function authenticate(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
    const header = request.headers.authorization;
    if (header === undefined) return;
    const token = /^Bearer +([\w\-.~+/]+=*)$/iu.exec(header)?.[1];
    if (token === undefined) throw new Problem('unauthenticated');
    request.caller = await auth.authenticate(token);
  };
}
