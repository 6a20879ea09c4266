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
import { requireBody } from '../hooks/json-body.ts';
import type { Limiter } from '../hooks/rate-limit.ts';
import type { RouteContext } from '../hooks/begin-request.ts';
import type { Route } from '../routes/table.ts';
import { pathOf } from '../message/query-string.ts';

type Hook = onRequestHookHandler | onRequestAsyncHookHandler;

export interface RegisterOptions {
  /** Makes the first hook of a route. */
  readonly begin: (route: RouteContext) => onRequestHookHandler;
  readonly cors: onRequestHookHandler | undefined;
  readonly shedLoad: onRequestHookHandler | undefined;
  readonly authenticate: onRequestAsyncHookHandler;
  readonly recognise: onRequestAsyncHookHandler;
  readonly limiter: Limiter | undefined;
}

const acceptPatch = 'application/json, application/merge-patch+json';

/** Puts the routes into Fastify, each with HEAD and OPTIONS, and a refusal for all else. */
export function registerRoutes(
  server: FastifyInstance,
  routes: readonly Route[],
  options: RegisterOptions,
): void {
  const hooksOf = createHooksOf(options);
  for (const { path, method, access, needs, limit = 'standard', handler } of routes) {
    const context = { pattern: path, json: access !== 'page', limit };
    server.route({
      url: path,
      method: method === 'GET' ? ['GET', 'HEAD'] : method,
      onRequest: hooksOf(context, access),
      preHandler: [
        ...(needs === 'body' ? [requireBody] : []),
        ...(limit === 'batch' && options.limiter !== undefined ? [options.limiter.charge] : []),
      ],
      handler,
    });
  }
  const refuse = refuseWith(routes);
  for (const path of new Set(routes.map((route) => route.path))) {
    const isFree = routes.some((route) => route.path === path && route.limit === 'none');
    const context = { pattern: path, json: false, limit: isFree ? 'none' : 'standard' } as const;
    server.route({
      url: path,
      method: 'OPTIONS',
      onRequest: hooksOf(context, 'open'),
      handler: describeMethods(routes),
    });
    // `POST /v1/users` is not `POST /v1/:collection`.
    for (const method of shadowedMethods(routes, path)) {
      server.route({
        url: path,
        method,
        onRequest: [...hooksOf(context, 'open'), refuse],
        handler: unreachable,
      });
    }
  }
  const unknown = {
    onRequest: [...hooksOf({ pattern: '(none)', json: false, limit: 'standard' }, 'open'), refuse],
  };
  // Fastify takes every hook here; its types name two of them.
  server.setNotFoundHandler(unknown as object, unreachable);
}

/** The hooks of a route before its body is read. Unlimited routes (health) shed no load: they answer to the last. */
function createHooksOf({ begin, cors, shedLoad, authenticate, recognise, limiter }: RegisterOptions) {
  return (context: RouteContext, access: Route['access']): Hook[] => {
    const first = [begin(context), ...(cors === undefined ? [] : [cors])];
    const caller = access === 'caller' ? [authenticate] : [];
    if (context.limit === 'none') return [...first, ...caller];
    const ready = [...first, ...(shedLoad === undefined ? [] : [shedLoad])];
    if (limiter === undefined) return [...ready, ...caller];
    const limit = limiter.hook(context.limit);
    if (context.limit === 'auth') return [...ready, limit, ...caller];
    return [...ready, access === 'caller' ? authenticate : recognise, limit];
  };
}

function describeMethods(routes: readonly Route[]): RouteHandlerMethod {
  return (request: FastifyRequest, reply: FastifyReply) => {
    const allow = allowedFor(routes, pathOf(request.url));
    // The router takes an empty last part for a name.
    if (allow.length === 0) throw new Problem('not_found');
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
