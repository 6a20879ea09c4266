import type { Settings } from '#config/index.ts';
import type { Limits } from '#http/hooks/rate-limit.ts';
import type { HealthCheck } from '#http/routes/health.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import { createLoadShedder, type LoadShedder } from '#platform/load-shedder.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createRateLimit } from '#platform/rate-limit/create-rate-limit.ts';
import { createRedis, type Redis } from '#platform/redis/redis.ts';

/** The parts that keep too many requests away from the services, and Redis, by which replicas know of each other. */
export interface Guards {
  readonly redis: Redis | undefined;
  /** Undefined when nothing is limited. */
  readonly limits: Limits | undefined;
  readonly loadShedder: LoadShedder & Lifecycle;
  /** Their parts of `GET /health/ready`. Requests are served without Redis, so it is never `down`. */
  readonly health: Readonly<Record<string, HealthCheck>>;
}

export function createGuards(settings: Settings, log: Log): Guards {
  const redis = redisOf(settings, log);
  const limits = limitsOf(settings, redis);
  return {
    redis,
    limits,
    loadShedder: createLoadShedder(),
    health: {
      ...(redis && { redis: async () => (redis.isUp() ? 'ok' : 'degraded') }),
      ...(redis && limits && { rateLimit: async () => limits.rateLimit.state().status }),
    },
  };
}

function limitsOf(settings: Settings, redis: Redis | undefined): Limits | undefined {
  if (settings.rateLimit === 'off') return undefined;
  return {
    rateLimit: createRateLimit({ redis }),
    default: settings.rateLimitDefault,
    auth: settings.rateLimitAuth,
    anonymous: settings.rateLimitAnonymous,
  };
}

function redisOf({ redisUrl, redisTimeoutMs }: Settings, log: Log): Redis | undefined {
  if (redisUrl === undefined) return undefined;
  return createRedis({
    url: redisUrl,
    timeoutMs: redisTimeoutMs,
    onStateChange(state) {
      if (state.status === 'up') log.info(state, 'Redis answers: replicas share their counts');
      else log.warn(state, 'Redis does not answer: this process counts by itself');
    },
  });
}
