import type { RouteHandlerMethod } from 'fastify';
import type { RouteLimit } from '../hooks/rate-limit.ts';
import type { authRoutes } from './auth.ts';
import type { documentationRoutes } from './documentation.ts';
import type { healthRoutes } from './health.ts';
import type { recordRoutes } from './records.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** A find-my-way pattern: `:name` is one segment. */
  readonly path: string;
  readonly handler: RouteHandlerMethod;
  /**
   * - `caller`: acts for the user of the Authorization header; an invalid header is refused.
   * - `open`: does not look at that header, so a stale token does not keep anyone from a new one.
   * - `page`: open, and answers HTML to clients that accept it.
   */
  readonly access: 'caller' | 'open' | 'page';
  /** `body`: without one the request is refused. */
  readonly needs?: 'body';
  /** How requests are counted; `standard` when left out. */
  readonly limit?: RouteLimit;
}

export interface Handlers {
  readonly records: Unbound<typeof recordRoutes>;
  readonly auth: Unbound<typeof authRoutes>;
  readonly health: Unbound<typeof healthRoutes>;
  readonly documentation: Unbound<typeof documentationRoutes>;
}

/** Handlers of a room: none of them uses `this`, so each may be taken out of its object. */
type Unbound<Maker extends (options: never) => object> = {
  readonly [Name in keyof ReturnType<Maker>]: ReturnType<Maker>[Name] extends (
    ...given: infer Given
  ) => infer Result
    ? (this: void, ...given: Given) => Result
    : never;
};

/** The whole HTTP surface. HEAD and OPTIONS come with GET. A path that fits two patterns belongs to the first. */
// prettier-ignore
export function surface({ records, auth, health, documentation }: Handlers): readonly Route[] {
  return [
    { method: 'GET',    path: '/',                    access: 'page',   handler: documentation.home },
    { method: 'GET',    path: '/docs',                access: 'page',   handler: documentation.docs },
    { method: 'GET',    path: '/docs/:file',          access: 'page',   handler: documentation.docsFile },
    { method: 'GET',    path: '/errors/:code',        access: 'page',   handler: documentation.error },
    { method: 'GET',    path: '/openapi.json',        access: 'open',   handler: documentation.openapi },
    { method: 'GET',    path: '/health/live',         access: 'open',   handler: health.live, limit: 'none' },
    { method: 'GET',    path: '/health/ready',        access: 'open',   handler: health.ready, limit: 'none' },

    { method: 'POST',   path: '/auth/register',       access: 'open',   handler: auth.register, needs: 'body', limit: 'auth' },
    { method: 'POST',   path: '/auth/login',          access: 'open',   handler: auth.login, needs: 'body', limit: 'auth' },
    { method: 'POST',   path: '/auth/refresh',        access: 'open',   handler: auth.refresh, needs: 'body', limit: 'auth' },
    { method: 'POST',   path: '/auth/logout',         access: 'caller', handler: auth.logout },
    { method: 'GET',    path: '/auth/me',             access: 'caller', handler: auth.me },
    { method: 'PATCH',  path: '/auth/me',             access: 'caller', handler: auth.updateMe, needs: 'body' },
    { method: 'POST',   path: '/auth/password',       access: 'caller', handler: auth.changePassword, needs: 'body', limit: 'auth' },
    { method: 'POST',   path: '/auth/email',          access: 'caller', handler: auth.changeEmail, needs: 'body', limit: 'auth' },
    { method: 'GET',    path: '/auth/sessions',       access: 'caller', handler: auth.sessions },
    { method: 'DELETE', path: '/auth/sessions/:id',   access: 'caller', handler: auth.endSession },

    { method: 'GET',    path: '/v1/users',            access: 'caller', handler: records.listUsers },
    { method: 'GET',    path: '/v1/:collection',      access: 'caller', handler: records.list },
    { method: 'POST',   path: '/v1/:collection',      access: 'caller', handler: records.create, needs: 'body' },
    { method: 'GET',    path: '/v1/:collection/:id',  access: 'caller', handler: records.read },
    { method: 'PATCH',  path: '/v1/:collection/:id',  access: 'caller', handler: records.update, needs: 'body' },
    { method: 'PUT',    path: '/v1/:collection/:id',  access: 'caller', handler: records.replace, needs: 'body' },
    { method: 'DELETE', path: '/v1/:collection/:id',  access: 'caller', handler: records.remove },
    { method: 'POST',   path: '/batch',               access: 'caller', handler: records.batch, needs: 'body', limit: 'batch' },
  ];
}
