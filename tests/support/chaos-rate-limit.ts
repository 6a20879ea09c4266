import { take, type Terms } from '#platform/rate-limit/gcra.ts';
import type { SharedRateLimit } from '#platform/rate-limit/redis.ts';

type Mood = 'well' | 'refuses' | 'loses answers' | 'down' | 'restarts empty';

const moods: readonly Mood[] = ['well', 'well', 'refuses', 'loses answers', 'down', 'restarts empty'];

/**
 * Shared counts that fail in every way in which Redis does, on a clock of their own. Answers come in the order of the
 * questions, as on one connection; the mood changes when nothing is under way.
 */
export function chaosRateLimit({ nowMs, random }: { nowMs: () => number; random: () => number }) {
  // Not the clock of the process: what is sent to and fro must not depend on that.
  const epochUs = 1_760_000_000_000_000;
  const stored = new Map<string, number>();
  let mood: Mood = 'well';
  let underWay = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function execute(id: string, terms: Terms, aheadUs: number, sharedUs: number) {
    const nowUs = epochUs + Math.floor(nowMs() * 1000);
    const known = Math.max((stored.get(id) ?? 0) - nowUs, aheadUs, sharedUs - nowUs);
    const taken = take(known, terms);
    stored.set(id, nowUs + taken.aheadUs);
    return { ...taken, sharedUs: nowUs + taken.aheadUs };
  }

  const shared: SharedRateLimit = {
    consume: () => Promise.reject(new Error('only asked through take')),
    state: () => ({ status: 'ok', counts: 'redis', reason: null, decidedLocally: 0 }),
    isUp() {
      if (underWay === 0) mood = moods[Math.floor(random() * moods.length)] as Mood;
      if (mood === 'restarts empty') stored.clear();
      return mood !== 'down';
    },
    async take(id, terms, { aheadUs, sharedUs }) {
      underWay += 1;
      const before = turn;
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = promise;
      await before;
      try {
        if (mood === 'refuses') throw new Error('OOM');
        const taken = execute(id, terms, aheadUs, sharedUs);
        if (mood === 'loses answers') throw new Error('no answer');
        return taken;
      } finally {
        underWay -= 1;
        resolve();
      }
    },
  };
  return shared;
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
