import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService, Origin, SignedInCaller } from '#services/auth/index.ts';

/** Identity over HTTP (contract, section 5). */
export function authRoutes({ auth }: { readonly auth: AuthService }) {
  return {
    register: (request: FastifyRequest, reply: FastifyReply) => {
      reply.code(201).header('cache-control', 'no-store');
      return auth.register(request.body, originOf(request));
    },
    login: (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store');
      return auth.login(request.body, originOf(request));
    },
    refresh: (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store');
      return auth.refresh(request.body);
    },
    async logout(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      await auth.logout(signedIn(request));
      return reply.code(204).send();
    },
    me: (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store');
      return auth.me(signedIn(request));
    },
    updateMe: (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('cache-control', 'no-store');
      return auth.updateMe(signedIn(request), request.body);
    },
    async changePassword(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      await auth.changePassword(signedIn(request), request.body);
      return reply.code(204).send();
    },
    async sessions(request: FastifyRequest, reply: FastifyReply) {
      reply.header('cache-control', 'no-store');
      return { data: await auth.sessions(signedIn(request)) };
    },
    async endSession(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      await auth.endSession(signedIn(request), (request.params as { id: string }).id);
      return reply.code(204).send();
    },
  };
}

function originOf(request: FastifyRequest): Origin {
  return { address: request.ip, agent: request.headers['user-agent'] ?? null };
}

function signedIn(request: FastifyRequest): SignedInCaller {
  if (request.caller.user === null) throw new Problem('unauthenticated');
  return request.caller as SignedInCaller;
}
