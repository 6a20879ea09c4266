import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSignedIn, type SignedInPrincipal } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService, Origin, SessionView, SignedIn } from '#services/auth/index.ts';
import type { PresentedRecord } from '#services/records/index.ts';
import type { Limiter } from '../hooks/rate-limit.ts';
import { refuseQuery } from '../message/query-string.ts';

export interface AuthRoutesOptions {
  readonly auth: AuthService;
  /** Attempts at an account are not limited without it. */
  readonly limiter: Pick<Limiter, 'attemptsOf'> | undefined;
}

/** Identity over HTTP. The service throws the Problems; nothing is decided here. */
export function authRoutes({ auth, limiter }: AuthRoutesOptions) {
  function originOf(request: FastifyRequest, reply: FastifyReply): Origin {
    const agent = request.headers['user-agent'] ?? null;
    return { address: request.ip, agent, meter: limiter?.attemptsOf(request, reply) };
  }

  return {
    async register(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
      noStore(request, reply);
      const signedIn = await auth.register(request.body, originOf(request, reply));
      reply.code(201);
      return signedIn;
    },

    async login(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
      noStore(request, reply);
      return auth.login(request.body, originOf(request, reply));
    },

    async refresh(request: FastifyRequest, reply: FastifyReply): Promise<SignedIn> {
      noStore(request, reply);
      return auth.refresh(request.body, originOf(request, reply));
    },

    async logout(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      noStore(request, reply);
      await auth.logout(signedIn(request));
      return reply.code(204).send();
    },

    async me(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      noStore(request, reply);
      return auth.me(signedIn(request));
    },

    async updateMe(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      noStore(request, reply);
      return auth.updateMe(signedIn(request), request.body);
    },

    async changePassword(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      noStore(request, reply);
      await auth.changePassword(signedIn(request), request.body, originOf(request, reply));
      return reply.code(204).send();
    },

    async changeEmail(request: FastifyRequest, reply: FastifyReply): Promise<PresentedRecord> {
      noStore(request, reply);
      return auth.changeEmail(signedIn(request), request.body, originOf(request, reply));
    },

    async sessions(
      request: FastifyRequest,
      reply: FastifyReply,
    ): Promise<{ readonly data: readonly SessionView[] }> {
      noStore(request, reply);
      return { data: await auth.sessions(signedIn(request)) };
    },

    async endSession(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      noStore(request, reply);
      await auth.endSession(signedIn(request), (request.params as { id: string }).id);
      return reply.code(204).send();
    },
  };
}

/** No route here takes parameters, and no cache may store a response (RFC 6749, 5.1). */
function noStore(request: FastifyRequest, reply: FastifyReply): void {
  refuseQuery(request.query as string);
  reply.header('cache-control', 'no-store');
}

function signedIn(request: FastifyRequest): SignedInPrincipal {
  if (!isSignedIn(request.principal)) throw new Problem('unauthenticated');
  return request.principal;
}
