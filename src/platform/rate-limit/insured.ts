import { counterId, decisionOf, termsOf, type Terms } from './gcra.ts';
import type { MemoryRateLimit } from './memory.ts';
import type { Decision, Demand, RateLimit } from './rate-limit.ts';
import type { SharedRateLimit, SharedTaken } from './redis.ts';

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

  function decideHere(id: string, terms: Terms, demand: Demand): Decision {
    decidedLocally += 1;
    return decisionOf(local.take(id, terms), demand, terms);
  }

  /** Asked even when this process would refuse: that is how Redis, and so the others, learn what it knows. */
  async function decideTogether(id: string, terms: Terms, demand: Demand): Promise<Decision> {
    let taken: SharedTaken;
    try {
      taken = await shared.take(id, terms, local.mirror(id));
    } catch {
      // Whatever it was, the guard knows it as the reason for which Redis is down.
      return decideHere(id, terms, demand);
    }
    local.adopt(id, taken);
    return decisionOf(taken, demand, terms);
  }

  return {
    consume(policyName, key, demand) {
      const id = counterId(policyName, key);
      const terms = termsOf(demand);
      return shared.isUp() ? decideTogether(id, terms, demand) : decideHere(id, terms, demand);
    },
    state: () => ({ ...shared.state(), decidedLocally }),
  };
}
