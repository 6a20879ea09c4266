import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSignedIn, type SignedInPrincipal } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService, Origin, SessionView, SignedIn } from '#services/auth/index.ts';
import type { PresentedRecord } from '#services/records/index.ts';
import type { AccountLimit } from '../plugins/account-limit.ts';
import { refuseQuery } from '../message/query-string.ts';

export interface AuthRoutesOptions {
  readonly auth: AuthService;
  readonly accountLimit: AccountLimit;
}

/** Identity over HTTP (contract, section 5). The service throws the Problems; nothing is decided here. */
export function authRoutes({ auth, accountLimit }: AuthRoutesOptions) {
  return {
    async register(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
      unstored(request, reply);
      const email = memberOf(request.body, 'email');
      const answer = await accountLimit.attempt({ email, at: 'registration', request, reply }, () =>
        auth.register(request.body, originOf(request)),
      );
      reply.code(201);
      return answer;
    },

    async login(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
      unstored(request, reply);
      const email = memberOf(request.body, 'email');
      return accountLimit.attempt({ email, at: 'password', request, reply }, () =>
        auth.login(request.body, originOf(request)),
      );
    },

    async refresh(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
      unstored(request, reply);
      await accountLimit.refresh(request, reply, memberOf(request.body, 'refreshToken'));
      return auth.refresh(request.body);
    },

    async logout(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      unstored(request, reply);
      await auth.logout(signedIn(request));
      return reply.code(204).send();
    },

    async me(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      unstored(request, reply);
      return auth.me(signedIn(request));
    },

    async updateMe(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      unstored(request, reply);
      return auth.updateMe(signedIn(request), request.body);
    },

    async changePassword(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      unstored(request, reply);
      const principal = signedIn(request);
      await accountLimit.attempt({ email: principal.user.email, at: 'password', request, reply }, () =>
        auth.changePassword(principal, request.body),
      );
      return reply.code(204).send();
    },

    async sessions(
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<{ readonly data: readonly SessionView[] }> {
      unstored(request, reply);
      return { data: await auth.sessions(signedIn(request)) };
    },

    async endSession(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      unstored(request, reply);
      await auth.endSession(signedIn(request), (request.params as { id: string }).id);
      return reply.code(204).send();
    },
  };
}

/** Nothing here takes a query, and no answer may be kept by anyone on the way (RFC 6749, 5.1). */
function unstored(request: FastifyRequest, reply: FastifyReply): void {
  refuseQuery(request.query as string);
  reply.header('cache-control', 'no-store');
}

/** A member of a body that has not been checked yet. */
function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}

function originOf(request: FastifyRequest): Origin {
  return { address: request.ip, agent: request.headers['user-agent'] ?? null };
}

function signedIn(request: FastifyRequest): SignedInPrincipal {
  if (!isSignedIn(request.principal)) throw new Problem('unauthenticated');
  return request.principal;
}
