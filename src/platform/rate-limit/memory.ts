import { LRUCache } from 'lru-cache';
import { counterId, decisionOf, take, termsOf, type TakeResult, type Terms } from './gcra.ts';
import type { RateLimit } from './rate-limit.ts';

/** The state of a key in this process, as Redis is told it (see insured.ts). At most one of the two is not 0. */
export interface Mirror {
  /** The microseconds that the key is ahead here, if it was counted here since Redis last answered. */
  readonly aheadUs: number;
  /** The arrival time that Redis last answered, in microseconds since 1970 of Redis' clock. */
  readonly sharedUs: number;
}

export interface MemoryRateLimit extends RateLimit {
  /** Counts a request in this process. */
  take(id: string, terms: Terms): TakeResult;
  mirror(id: string): Mirror;
  /** Remembers an answer of Redis, unless more has been counted here than Redis knows of. */
  adopt(id: string, answer: { readonly aheadUs: number; readonly sharedUs: number }): void;
}

export interface MemoryRateLimitOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** The number of keys that are remembered. Beyond it, the least recently used ones start afresh. */
  readonly keysMax: number;
}

interface Entry {
  /** The theoretical arrival time by the clock of this process, in microseconds. */
  arrivalUs: number;
  /** The same by the clock of Redis; 0 when counted here since. */
  sharedUs: number;
}

/** GCRA in the memory of this process. Without Redis it is the rate limit, beside Redis its substitute. */
export function createMemoryRateLimit({ nowMs, keysMax }: MemoryRateLimitOptions): MemoryRateLimit {
  const entries = new LRUCache<string, Entry>({ max: keysMax });
  const nowUs = () => Math.floor(nowMs() * 1000);

  const limit: MemoryRateLimit = {
    consume(policyName, key, demand) {
      const terms = termsOf(demand);
      return decisionOf(limit.take(counterId(policyName, key), terms), demand, terms);
    },
    state: () => ({ status: 'ok', counts: 'process', reason: null, decidedLocally: 0 }),
    take(id, terms) {
      const now = nowUs();
      const entry = entries.get(id);
      const taken = take(entry === undefined ? 0 : entry.arrivalUs - now, terms);
      if (taken.waitUs > 0 || terms.cost === 0) return taken;
      if (entry === undefined) entries.set(id, { arrivalUs: now + taken.aheadUs, sharedUs: 0 });
      else {
        entry.arrivalUs = now + taken.aheadUs;
        entry.sharedUs = 0;
      }
      return taken;
    },
    mirror(id) {
      const entry = entries.get(id);
      if (entry === undefined) return { aheadUs: 0, sharedUs: 0 };
      if (entry.sharedUs > 0) return { aheadUs: 0, sharedUs: entry.sharedUs };
      return { aheadUs: Math.max(0, entry.arrivalUs - nowUs()), sharedUs: 0 };
    },
    adopt(id, { aheadUs, sharedUs }) {
      const arrivalUs = nowUs() + aheadUs;
      const entry = entries.get(id);
      if (entry === undefined) entries.set(id, { arrivalUs, sharedUs });
      else if (entry.sharedUs > 0 || entry.arrivalUs <= arrivalUs) {
        entry.arrivalUs = arrivalUs;
        entry.sharedUs = sharedUs;
      }
    },
  };
  return limit;
}
