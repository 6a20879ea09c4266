import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService } from '#services/auth/index.ts';

/**
 * An onRequest hook that sets `request.principal`: anonymous without an Authorization header, else the user behind the
 * bearer token (RFC 6750, 2.1). A header that is there but no good is refused, never taken for anonymous.
 */
export function createAuthenticate(auth: AuthService) {
  return async function authenticate(request: FastifyRequest, _reply: FastifyReply): Promise<void> {
    const header = request.headers.authorization;
    if (header === undefined) return;
    const token = /^Bearer +([\w\-.~+/]+=*)$/iu.exec(header)?.[1];
    if (token === undefined) throw new Problem('unauthenticated');
    request.principal = await auth.authenticate(token);
  };
}

/**
 * An onRequest hook for routes that answer all callers alike: sets `request.principal` where the token is valid, so
 * that the request counts for its user, and refuses no token.
 */
export function createAuthenticateOptionally(authenticate: ReturnType<typeof createAuthenticate>) {
  return async function recognise(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      await authenticate(request, reply);
    } catch {
      // Neither a bad token nor a database that is away matters here.
    }
  };
}
