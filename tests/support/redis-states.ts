import type { RedisState } from '#platform/redis/breaker.ts';

/** Collects what a guard tells, and lets a test wait for it. */
export function redisStates() {
  const told: RedisState[] = [];
  const waiting: { status: string; resolve: (state: RedisState) => void }[] = [];
  return {
    told,
    onStateChange: (state: RedisState): void => {
      told.push(state);
      for (const { status, resolve } of waiting) if (status === state.status) resolve(state);
    },
    /** The next change to this status. */
    next(status: 'up' | 'down'): Promise<RedisState> {
      const { promise, resolve } = Promise.withResolvers<RedisState>();
      waiting.push({ status, resolve });
      return promise;
    },
  };
}
