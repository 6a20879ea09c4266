import type { Redis } from '../redis/redis.ts';
import { counterId, decisionOf, termsOf, type TakeResult, type Terms } from './gcra.ts';
import type { Mirror } from './memory.ts';
import type { RateLimit } from './rate-limit.ts';

export interface SharedTakeResult extends TakeResult {
  /** The theoretical arrival time, in microseconds since 1970 of Redis' clock. */
  readonly sharedUs: number;
}

/** Counts that all replicas share. */
export interface SharedRateLimit extends RateLimit {
  /** Whether Redis is up, so that asking it is worth the time. */
  isUp(): boolean;
  /** Counts one request from the later of the stored arrival time and the one in `mirror`. Rejects when Redis fails. */
  take(id: string, terms: Terms, mirror: Mirror): Promise<SharedTakeResult>;
}

// `take` of gcra.ts over the stored arrival time and the one that the caller knows: a server that has lost its data, or
// was away while processes counted, goes on from theirs. The script always writes: a server that cannot (a replica, no
// memory) must fail for refused keys too, and the caller's arrival time is stored even when the request is refused. A
// stored value that is no number counts as none.
const lua = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst, ahead_max, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local stored = tonumber(redis.pcall('GET', KEYS[1])) or 0
local ahead = math.max(0, stored - now, tonumber(ARGV[5]), tonumber(ARGV[6]) - now)
ahead = math.min(ahead, ahead_max)
local needed = math.min(math.max(cost, 1) * interval, burst)
local wait = math.max(0, ahead + needed - burst)
if wait == 0 then ahead = ahead + cost * interval end
redis.call('SET', KEYS[1], now + ahead, 'PX', math.max(1, math.ceil(ahead / 1000)))
return { ahead, wait, now + ahead }
`;

const unknown: Mirror = { aheadUs: 0, sharedUs: 0 };

/** GCRA in Redis, by its clock, in one step. Fails when Redis does: see insured.ts. */
export function createRedisRateLimit(redis: Redis): SharedRateLimit {
  const run = redis.script({ lua, parse });
  const limit: SharedRateLimit = {
    async consume(policyName, key, demand) {
      const terms = termsOf(demand);
      return decisionOf(await limit.take(counterId(policyName, key), terms, unknown), demand, terms);
    },
    state() {
      const { status, reason } = redis.state();
      return {
        status: status === 'up' ? 'ok' : 'degraded',
        counts: status === 'up' ? 'redis' : 'process',
        reason,
        decidedLocally: 0,
      };
    },
    isUp: () => redis.isUp(),
    take: (id, { intervalUs, burstUs, aheadUsMax, cost }, { aheadUs, sharedUs }) =>
      run([`plinth:limit:${id}`], [intervalUs, burstUs, aheadUsMax, cost, aheadUs, sharedUs]),
  };
  return limit;
}

function parse(reply: unknown): SharedTakeResult {
  const [aheadUs, waitUs, sharedUs] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (!isMicroseconds(aheadUs) || !isMicroseconds(waitUs) || !isMicroseconds(sharedUs)) {
    throw new Error('the server does not answer like Redis');
  }
  return { aheadUs, waitUs, sharedUs };
}

function isMicroseconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
