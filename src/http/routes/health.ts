import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#domain/errors/problem.ts';
import { sendProblem } from '../message/problem.ts';
import { refuseQuery } from '../message/query-string.ts';

export type PartStatus = 'ok' | 'degraded' | 'down';

/** Asks one part whether it works. Throws when it does not; `degraded` is for parts that requests can do without. */
export type HealthCheck = () => Promise<'ok' | 'degraded' | void>;

export interface HealthOptions {
  readonly parts: Readonly<Record<string, HealthCheck>>;
  readonly stopping: () => boolean;
  /** A part that has not answered by then is down. */
  readonly checkTimeoutMs: number;
}

/** `GET /health/live` and `/health/ready`. */
export function healthRoutes({ parts, stopping, checkTimeoutMs }: HealthOptions) {
  let checking: Promise<Record<string, { status: PartStatus }>> | undefined;

  async function checkAll(): Promise<Record<string, { status: PartStatus }>> {
    const found = await Promise.all(
      Object.entries(parts).map(
        async ([name, check]) => [name, { status: await statusOf(check, checkTimeoutMs) }] as const,
      ),
    );
    return Object.fromEntries(found);
  }

  return {
    /** The process answers: that is all it says. */
    live(request: FastifyRequest, reply: FastifyReply): { status: 'ok' } {
      refuseQuery(request.query as string);
      reply.header('cache-control', 'no-store');
      return { status: 'ok' };
    },

    /** 200 when requests can be served, with the degraded parts; 503 when not, or no longer. */
    async ready(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      refuseQuery(request.query as string);
      // Concurrent requests share one round of checks: this route is open to all.
      checking ??= checkAll().finally(() => (checking = undefined));
      const found = await checking;
      const statuses = Object.values(found).map((part) => part.status);
      if (stopping() || statuses.includes('down')) {
        const detail = stopping() ? 'The server is stopping' : 'A part that requests need does not work';
        return sendProblem(request, reply, new Problem('unavailable', { detail }), { parts: found });
      }
      reply.header('cache-control', 'no-store');
      return { status: statuses.includes('degraded') ? 'degraded' : 'ok', parts: found };
    },
  };
}

async function statusOf(check: HealthCheck, timeoutMs: number): Promise<PartStatus> {
  const timeout = Promise.withResolvers<PartStatus>();
  const timer = setTimeout(timeout.resolve, timeoutMs, 'down');
  try {
    return (await Promise.race([check(), timeout.promise])) ?? 'ok';
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}
