import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#platform/clock.ts';
import type { Redis } from '#platform/redis/redis.ts';

/** UTF-16 units; a longer response is not stored. */
export const lengthMax = 1024 * 1024;

/** A response as it is stored: the JSON that goes out, and the rest of its result as JSON. */
export interface CachedResponse {
  readonly json: string;
  readonly note: string;
}

export interface SharedResponse extends CachedResponse {
  /** For how long it may still be used. */
  readonly remainingMs: number;
}

/** Responses that all replicas share. A failure of it counts as a miss. */
export interface SharedCache {
  /** Whether Redis answers. */
  isUp(): boolean;
  /** Undefined also for a response that is older by any clock, has another stamp, or was not written by a replica. */
  find(question: string, stamp: string, maxAgeMs: number): Promise<SharedResponse | undefined>;
  /** Replaces the response with the stamp before. Does not wait for Redis. */
  keep(question: string, stamp: string, answer: CachedResponse, ttlMs: number): void;
}

export interface SharedCacheOptions {
  readonly redis: Redis;
  /** Secret, and the same on all replicas. */
  readonly key: Uint8Array;
  /** Responses depend on it besides their keys: replicas with different scopes share none. */
  readonly scope: () => string;
  readonly clock: Clock;
}

const signatureLength = 43;

// A value that is no text was not written by a replica.
const findLua = `
local text = redis.pcall('GET', KEYS[1])
if type(text) ~= 'string' or string.sub(text, 1, #ARGV[1]) ~= ARGV[1] then return { false, 0 } end
return { string.sub(text, #ARGV[1] + 1), redis.call('PTTL', KEYS[1]) }`;

/**
 * In Redis a response is `mark\nsignature\ntime\nnote\njson`, under a digest of its key: one entry for each, so that stale
 * responses take no memory. The mark is a digest of key and stamp, and the signature covers it too: write access to Redis,
 * or a mix-up there, is not enough to make a replica answer with a value.
 */
export function createSharedCache({ redis, key, scope, clock }: SharedCacheOptions): SharedCache {
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  function whereIs(question: string, stamp: string): { place: string; mark: string } {
    const place = sign(`${scope()}\n${question}`);
    return { place: `plinth:cache:${place}`, mark: `${sign(`${place}\n${stamp}`)}\n` };
  }
  const run = redis.script({ lua: findLua, parse: parseFound });

  return {
    isUp: () => redis.isUp(),
    async find(question, stamp, maxAgeMs) {
      const { place, mark } = whereIs(question, stamp);
      const found = await run([place], [mark]).catch(() => undefined);
      if (found === undefined) return undefined;
      const { text, ttlMs } = found;
      const signed = text.slice(signatureLength + 1);
      if (!isEqual(text.slice(0, signatureLength), sign(mark + signed))) return undefined;
      const [time = '', note = ''] = signed.split('\n', 2);
      const ageMs = clock.now().getTime() - Number(time);
      // A clock that was set back, here or there, makes answers look younger than they are.
      const remainingMs = ageMs < 0 ? 0 : Math.min(ttlMs, maxAgeMs - ageMs);
      if (remainingMs <= 0) return undefined;
      return { note, json: signed.slice(time.length + note.length + 2), remainingMs };
    },
    keep(question, stamp, { json, note }, ttlMs) {
      if (!redis.isUp() || ttlMs < 1 || json.length + note.length > lengthMax) return;
      const { place, mark } = whereIs(question, stamp);
      const signed = `${clock.now().getTime()}\n${note}\n${json}`;
      const text = `${mark}${sign(mark + signed)}\n${signed}`;
      redis.call('SET', place, text, 'PX', Math.floor(ttlMs)).catch(() => undefined);
    },
  };
}

/** Undefined for a missing value, and for one without an expiry, which no replica has written. */
function parseFound(reply: unknown): { text: string; ttlMs: number } | undefined {
  if (!Array.isArray(reply) || typeof reply[1] !== 'number') throw new Error('not a reply of the script');
  const [text, ttlMs] = reply as [unknown, number];
  return typeof text === 'string' && ttlMs > 0 ? { text, ttlMs } : undefined;
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
