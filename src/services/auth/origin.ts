import type { Problem } from '#domain/errors/problem.ts';
import type { Decision } from '#platform/rate-limit/rate-limit.ts';

/** Counts the attempts of one request under the policy for signing in, and shows its client the rest of the quota. */
export interface AttemptMeter {
  /** Attempts that are allowed of each key in a window. */
  readonly quota: number;
  /** Counts under a key. A cost of 0 asks only, and is answered as 1 would be. */
  consume(key: string, cost: number): Promise<Decision>;
  /** `rate_limited`, with the time after which the request would be allowed. */
  refusal(decision: Decision): Problem;
}

/** The origin of a request, kept with the session that it opens. */
export interface Origin {
  readonly address: string;
  readonly agent: string | null;
  /** Attempts at an account are not limited without it. */
  readonly meter?: AttemptMeter | undefined;
}
