import { createLoadShedder, type LoadShedder } from './load-shedder.ts';
import type { Log } from './log.ts';
import { createRateLimit } from './rate-limit/create-rate-limit.ts';
import type { Quota, RateLimit } from './rate-limit/rate-limit.ts';
import { createRedis, type Redis } from './redis/redis.ts';

export interface GuardSettings {
  readonly redisUrl?: string | undefined;
  /** How long Redis may take to answer. */
  readonly redisTimeoutMs: number;
  readonly rateLimit: 'on' | 'off';
  readonly rateLimitDefault: Quota;
  readonly rateLimitAuth: Quota;
  readonly rateLimitAnonymous: Quota;
}

export interface Limits {
  readonly rateLimit: RateLimit;
  /** For a signed-in user. */
  readonly default: Quota;
  /** For signing in and its like: an address, and an account. */
  readonly auth: Quota;
  /** For an address that is not signed in. */
  readonly anonymous: Quota;
}

/** What keeps too many requests away from the services, and Redis, by which replicas know of each other. */
export interface Guards {
  readonly redis: Redis | undefined;
  /** Undefined when nothing is limited. */
  readonly limits: Limits | undefined;
  readonly loadShedder: LoadShedder;
  /** What readiness says of them: requests can do without Redis. */
  readonly health: Readonly<Record<string, () => Promise<'ok' | 'degraded'>>>;
  stop(): void;
}

/** Connects to Redis where there is one, waiting for two seconds at most: without it each process counts by itself. */
export async function startGuards(settings: GuardSettings, log: Log): Promise<Guards> {
  const redis = redisOf(settings, log);
  await redis?.start();
  const loadShedder = createLoadShedder();
  const limits = limitsOf(settings, redis);
  return {
    redis,
    limits,
    loadShedder,
    health: {
      ...(redis && { redis: async () => (redis.isUp() ? 'ok' : 'degraded') }),
      ...(redis && limits && { rateLimit: async () => limits.rateLimit.state().status }),
    },
    stop() {
      loadShedder.stop();
      redis?.stop();
    },
  };
}

function limitsOf(settings: GuardSettings, redis: Redis | undefined): Limits | undefined {
  if (settings.rateLimit === 'off') return undefined;
  return {
    rateLimit: createRateLimit({ redis }),
    default: settings.rateLimitDefault,
    auth: settings.rateLimitAuth,
    anonymous: settings.rateLimitAnonymous,
  };
}

function redisOf({ redisUrl, redisTimeoutMs }: GuardSettings, log: Log): Redis | undefined {
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
