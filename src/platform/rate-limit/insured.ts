import { counterId, decisionOf, termsOf } from './gcra.ts';
import type { MemoryRateLimit } from './memory.ts';
import type { RateLimit } from './rate-limit.ts';
import type { SharedRateLimit } from './redis.ts';

/**
 * Shared counts, insured by counts of this process: when Redis does not answer, the same request is decided here under
 * the same policy. Nobody gets a fresh quota by the change, in either direction: what Redis answers is remembered here,
 * and what is known here goes with every question, where the later of the two counts.
 *
 * While Redis answers, its own words go back to it: a moment by its clock. A distance in time would grow by the way to
 * Redis with every request; it is sent only for what was counted here since.
 */
export function createInsuredRateLimit({
  shared,
  local,
}: {
  shared: SharedRateLimit;
  local: MemoryRateLimit;
}): RateLimit {
  let decidedLocally = 0;
  return {
    async consume(policyName, key, demand) {
      const id = counterId(policyName, key);
      const terms = termsOf(demand);
      if (shared.isUp()) {
        // Asked even when this process would refuse: that is how Redis, and so the others, learn what it knows.
        try {
          const taken = await shared.take(id, terms, local.mirror(id));
          local.adopt(id, taken);
          return decisionOf(taken, demand, terms);
        } catch {
          // Whatever it was, the guard knows it as the reason for which Redis is down.
        }
      }
      decidedLocally += 1;
      return decisionOf(local.take(id, terms), demand, terms);
    },
    state: () => ({ ...shared.state(), decidedLocally }),
  };
}
