import { counterId, decisionOf, termsOf, type Terms } from './gcra.ts';
import type { MemoryRateLimit } from './memory.ts';
import type { Decision, Demand, RateLimit } from './rate-limit.ts';
import type { SharedRateLimit, SharedTakeResult } from './redis.ts';

/**
 * Shared counts, insured by counts of this process: when Redis does not answer, the same request is decided here under
 * the same policy. A failure gives no key a fresh quota, in either direction: the answers of Redis are remembered here,
 * and each question carries this process's arrival time; the later one of the two counts.
 *
 * While Redis answers, it gets its own arrival time back, a moment of its clock. A duration would grow by the time of
 * the way with every request; one is sent only for requests that were counted here since.
 */
export function createInsuredRateLimit({
  shared,
  local,
}: {
  shared: SharedRateLimit;
  local: MemoryRateLimit;
}): RateLimit {
  let decidedLocally = 0;

  function decideLocally(id: string, terms: Terms, demand: Demand): Decision {
    decidedLocally += 1;
    return decisionOf(local.take(id, terms), demand, terms);
  }

  /** Redis is asked even when this process would refuse, so that it and the other replicas learn the count of this one. */
  async function decideShared(id: string, terms: Terms, demand: Demand): Promise<Decision> {
    let taken: SharedTakeResult;
    try {
      taken = await shared.take(id, terms, local.mirror(id));
    } catch {
      // The guard has the error as its reason for `down`.
      return decideLocally(id, terms, demand);
    }
    local.adopt(id, taken);
    return decisionOf(taken, demand, terms);
  }

  return {
    consume(policyName, key, demand) {
      const id = counterId(policyName, key);
      const terms = termsOf(demand);
      return shared.isUp() ? decideShared(id, terms, demand) : decideLocally(id, terms, demand);
    },
    state: () => ({ ...shared.state(), decidedLocally }),
  };
}
