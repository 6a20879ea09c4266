import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
  onRequestAsyncHookHandler,
  onRequestHookHandler,
  RouteHandlerMethod,
} from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import { requireBody } from './plugins/json-body.ts';
import type { RouteContext } from './plugins/request-context.ts';
import type { Route } from './routes.ts';
import { pathOf } from './target.ts';

export interface RegisterOptions {
  /** Makes the first hook of a route. */
  readonly begin: (route: RouteContext) => onRequestHookHandler;
  readonly cors: onRequestHookHandler | undefined;
  readonly authenticate: onRequestAsyncHookHandler;
}

const acceptPatch = 'application/json, application/merge-patch+json';

/** Puts the routes into Fastify, each with HEAD and OPTIONS, and a refusal for all else. */
export function registerRoutes(
  server: FastifyInstance,
  routes: readonly Route[],
  { begin, cors, authenticate }: RegisterOptions,
): void {
  const hooksOf = (
    context: RouteContext,
    ...more: readonly (onRequestHookHandler | onRequestAsyncHookHandler)[]
  ) => [begin(context), ...(cors === undefined ? [] : [cors]), ...more];
  for (const { path, method, access, needs, handler } of routes) {
    const context = { pattern: path, json: access !== 'page' };
    server.route({
      url: path,
      method: method === 'GET' ? ['GET', 'HEAD'] : method,
      onRequest: access === 'caller' ? hooksOf(context, authenticate) : hooksOf(context),
      ...(needs === 'body' ? { preHandler: requireBody } : {}),
      handler,
    });
  }
  const refuse = refuseWith(routes);
  for (const path of new Set(routes.map((route) => route.path))) {
    const context = { pattern: path, json: false };
    server.route({
      url: path,
      method: 'OPTIONS',
      onRequest: hooksOf(context),
      handler: describeMethods(routes),
    });
    // `POST /v1/users` is not `POST /v1/:collection`.
    for (const method of shadowedMethods(routes, path)) {
      server.route({ url: path, method, onRequest: hooksOf(context, refuse), handler: unreachable });
    }
  }
  const unknown = { onRequest: hooksOf({ pattern: '(none)', json: false }, refuse) };
  // Fastify takes every hook here; its types name two of them.
  server.setNotFoundHandler(unknown as object, unreachable);
}

function describeMethods(routes: readonly Route[]): RouteHandlerMethod {
  return (request: FastifyRequest, reply: FastifyReply) => {
    const allow = allowedFor(routes, pathOf(request.url));
    if (allow.includes('PATCH')) reply.header('accept-patch', acceptPatch);
    return reply.code(204).header('allow', allow.join(', ')).send();
  };
}

/** A hook, so that nothing of a body is read: 405 where the path is there with other methods, else 404. */
function refuseWith(routes: readonly Route[]): onRequestHookHandler {
  return (request: FastifyRequest, _reply: FastifyReply, done: HookHandlerDoneFunction) => {
    const allow = allowedFor(routes, pathOf(request.url));
    done(allow.length === 0 ? new Problem('not_found') : new Problem('method_not_allowed', { allow }));
  };
}

function unreachable(): never {
  throw new Error('a refused request went on to its handler');
}

/** The methods of a path as it was sent; none when no pattern fits it. */
function allowedFor(routes: readonly Route[], path: string): readonly string[] {
  const pattern = routes.find((route) => fits(route.path, path))?.path;
  if (pattern === undefined) return [];
  const methods = methodsOf(routes, pattern);
  return [...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'];
}

function methodsOf(routes: readonly Route[], pattern: string): readonly Route['method'][] {
  return routes.filter((route) => route.path === pattern).map((route) => route.method);
}

/** Methods that a fixed path lacks, and a pattern that fits it too has. */
function shadowedMethods(routes: readonly Route[], path: string): readonly Route['method'][] {
  const own = methodsOf(routes, path);
  const others = routes.filter((route) => route.path !== path && fits(route.path, path));
  return others.map((route) => route.method).filter((method) => !path.includes(':') && !own.includes(method));
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]))
  );
}
