import { hash } from 'node:crypto';
import type { Decision, Demand } from './rate-limit.ts';

/**
 * The generic cell rate algorithm (ITU-T I.371). All that is stored of a key is a moment, its theoretical arrival
 * time: until then the quota is not whole again. `ahead` is how far that lies in the future; each unit of cost moves
 * it by `interval`, and what would move it beyond `burst` is refused.
 *
 * Everything is in whole microseconds: a moment of our time has 16 digits, which is what a double can hold, and sums
 * of whole numbers are the same in Lua and in JavaScript. The script in redis.ts is `take` over again.
 */
export interface Terms {
  readonly intervalUs: number;
  readonly burstUs: number;
  /** No honest state lies further ahead; a clock that was set back may make it look so. */
  readonly aheadUsMax: number;
  readonly cost: number;
}

export interface Taken {
  /** How far ahead the key is now. */
  readonly aheadUs: number;
  /** 0 when allowed; else how long until it would be. */
  readonly waitUs: number;
}

/** The most that one request costs: the operations of the largest batch. */
export const costMax = 100;

const idLengthMax = 128;

export function termsOf({ quota, windowMs, cost = 1 }: Demand): Terms {
  const intervalUs = Math.max(1, Math.floor((windowMs * 1000) / quota));
  // Not the window: with a rounded interval, one request more might fit into that.
  return {
    intervalUs,
    burstUs: quota * intervalUs,
    aheadUsMax: Math.max(quota, costMax) * intervalUs,
    cost: Math.min(cost, costMax),
  };
}

/** One request of a key that is `aheadUs` ahead (negative: its quota has been whole for a while). */
export function take(aheadUs: number, { intervalUs, burstUs, aheadUsMax, cost }: Terms): Taken {
  const ahead = Math.min(Math.max(0, aheadUs), aheadUsMax);
  const needed = Math.min(Math.max(cost, 1) * intervalUs, burstUs);
  const waitUs = Math.max(0, ahead + needed - burstUs);
  return { aheadUs: waitUs === 0 ? ahead + cost * intervalUs : ahead, waitUs };
}

export function decisionOf({ aheadUs, waitUs }: Taken, { quota }: Demand, terms: Terms): Decision {
  return {
    allowed: waitUs === 0,
    limit: quota,
    remaining: Math.max(0, Math.floor((terms.burstUs - aheadUs) / terms.intervalUs)),
    resetMs: Math.ceil(aheadUs / 1000),
    retryAfterMs: Math.ceil(waitUs / 1000),
  };
}

/** Under what a key of a policy is counted. Long keys are digested, so that strangers cannot choose what we store. */
export function counterId(policyName: string, key: string): string {
  return `${policyName}:${key.length > idLengthMax ? `sha256:${hash('sha256', key, 'base64url')}` : key}`;
}
