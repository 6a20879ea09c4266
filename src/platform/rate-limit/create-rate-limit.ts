import type { Redis } from '../redis/redis.ts';
import { createInsuredRateLimit } from './insured.ts';
import { createMemoryRateLimit } from './memory.ts';
import type { RateLimit } from './rate-limit.ts';
import { createRedisRateLimit } from './redis.ts';

export interface RateLimitOptions {
  /** The store of the counts that replicas share. Its owner starts and stops it. */
  readonly redis?: Redis | undefined;
  /** Milliseconds of a clock that never goes back: with the time of day, setting the clock would refill quotas. */
  readonly nowMs?: () => number;
  /** Keys counted in this process, some 200 bytes each. */
  readonly keysMax?: number;
}

const keysMaxDefault = 100_000;

/** Without Redis, counts in this process; with it, counts of all replicas, insured by those of this process. */
export function createRateLimit({
  redis,
  nowMs = () => performance.now(),
  keysMax = keysMaxDefault,
}: RateLimitOptions = {}): RateLimit {
  const local = createMemoryRateLimit({ nowMs, keysMax });
  return redis === undefined ? local : createInsuredRateLimit({ shared: createRedisRateLimit(redis), local });
}
