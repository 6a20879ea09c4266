import { hash } from 'node:crypto';
import type { Decision, Demand } from './rate-limit.ts';

/**
 * The generic cell rate algorithm (ITU-T I.371). One moment is stored for a key, its theoretical arrival time: the
 * quota is whole again from then on. `ahead` is the time until then. Each unit of cost adds `interval` to it, and a
 * request that would take it beyond `burst` is refused.
 *
 * Times are whole microseconds: those since 1970 have 16 digits, which a double holds exactly, and sums of whole numbers
 * are the same in Lua and in JavaScript. The script in redis.ts is `take` in Lua.
 */
export interface Terms {
  readonly intervalUs: number;
  readonly burstUs: number;
  /** The furthest that a key can be ahead; only a clock that was set back makes it look like more. */
  readonly aheadUsMax: number;
  readonly cost: number;
}

export interface TakeResult {
  /** The time until the quota of the key is whole. */
  readonly aheadUs: number;
  /** 0 when allowed; else the time until it would be. */
  readonly waitUs: number;
}

/** The most that one request costs: the operations of the largest batch. */
export const costMax = 100;

const idLengthMax = 128;

/** The terms of GCRA for a demand, in microseconds. A cost above `costMax` counts as `costMax`. */
export function termsOf({ quota, windowMs, cost = 1 }: Demand): Terms {
  const intervalUs = Math.max(1, Math.floor((windowMs * 1000) / quota));
  // The burst is not the window: with a rounded interval, one request more might fit into that.
  return {
    intervalUs,
    burstUs: quota * intervalUs,
    aheadUsMax: Math.max(quota, costMax) * intervalUs,
    cost: Math.min(cost, costMax),
  };
}

/** Counts one request of a key that is `aheadUs` ahead; negative when its quota has been whole for a while. */
export function take(aheadUs: number, { intervalUs, burstUs, aheadUsMax, cost }: Terms): TakeResult {
  const ahead = Math.min(Math.max(0, aheadUs), aheadUsMax);
  const needed = Math.min(Math.max(cost, 1) * intervalUs, burstUs);
  const waitUs = Math.max(0, ahead + needed - burstUs);
  return { aheadUs: waitUs === 0 ? ahead + cost * intervalUs : ahead, waitUs };
}

/** The decision for a caller, in milliseconds, rounded up. */
export function decisionOf({ aheadUs, waitUs }: TakeResult, { quota }: Demand, terms: Terms): Decision {
  return {
    allowed: waitUs === 0,
    limit: quota,
    remaining: Math.max(0, Math.floor((terms.burstUs - aheadUs) / terms.intervalUs)),
    resetMs: Math.ceil(aheadUs / 1000),
    retryAfterMs: Math.ceil(waitUs / 1000),
  };
}

/** The name of the counter of a key. A long key is digested, so that clients cannot fill the store with their texts. */
export function counterId(policyName: string, key: string): string {
  return `${policyName}:${key.length > idLengthMax ? `sha256:${hash('sha256', key, 'base64url')}` : key}`;
}
