import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '#platform/clock.ts';
import type { Redis } from '#platform/redis/redis.ts';

/** A larger answer is not kept. */
export const lengthMax = 1024 * 1024;

/** An answer as it is kept: the JSON that goes out, and what its door has to know besides, as JSON. */
export interface CachedResponse {
  readonly json: string;
  readonly note: string;
}

export interface SharedResponse extends CachedResponse {
  /** How long it may still be used. */
  readonly remainingMs: number;
}

/** Answers that all replicas share. What goes wrong with it is as if it were not there. */
export interface SharedCache {
  /** Whether it is worth asking. */
  isUp(): boolean;
  /** Undefined also for what is older than that, by any clock, has another stamp, or none of us has written. */
  find(question: string, stamp: string, maxAgeMs: number): Promise<SharedResponse | undefined>;
  /** In the place of the answer with the stamp before. Does not wait for it. */
  keep(question: string, stamp: string, answer: CachedResponse, ttlMs: number): void;
}

export interface SharedCacheOptions {
  readonly redis: Redis;
  /** Secret, and the same on all replicas. */
  readonly key: Uint8Array;
  /** What answers depend on besides their questions: replicas for which it differs share none. */
  readonly scope: () => string;
  readonly clock: Clock;
}

const signatureLength = 43;

// What is there and is no text is not ours.
const findLua = `
local text = redis.pcall('GET', KEYS[1])
if type(text) ~= 'string' or string.sub(text, 1, #ARGV[1]) ~= ARGV[1] then return { false, 0 } end
return { string.sub(text, #ARGV[1] + 1), redis.call('PTTL', KEYS[1]) }`;

/**
 * In Redis an answer is `mark\nsignature\ntime\nnote\njson`, under a digest of its question: one place for each, so that
 * answers that are no longer true take none. The mark is a digest of question and stamp, and the signature covers it too:
 * who can write to Redis, or mixes something up there, cannot make us answer with it.
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

/** Nothing for what is not there, or has no end: nobody of us has written that. */
function parseFound(reply: unknown): { text: string; ttlMs: number } | undefined {
  if (!Array.isArray(reply) || typeof reply[1] !== 'number') throw new Error('not an answer of the script');
  const [text, ttlMs] = reply as [unknown, number];
  return typeof text === 'string' && ttlMs > 0 ? { text, ttlMs } : undefined;
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
