/** `quota` requests at once at most, and `quota` in every `windowMs` in the long run. */
export interface Quota {
  /** A whole number from 1; at most one for each microsecond of the window. */
  readonly quota: number;
  readonly windowMs: number;
}

export interface Demand extends Quota {
  /**
   * What the request takes from the quota, a whole number, 1 if not given. 0 takes nothing and is answered as 1 would
   * be. A cost above the quota waits for the whole quota, and is paid off in full before the next is allowed.
   */
  readonly cost?: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** The quota. */
  readonly limit: number;
  /** How much of it could be used right now. */
  readonly remaining: number;
  /** Milliseconds until all of it could be used, if nothing is until then. */
  readonly resetMs: number;
  /** 0 when allowed; else milliseconds until the same request would be, if nothing else is until then. */
  readonly retryAfterMs: number;
}

export interface RateLimitState {
  /** `degraded`: the counts ought to be in Redis, but it does not answer, and this process counts by itself. */
  readonly status: 'ok' | 'degraded';
  /** Where the next request is counted. */
  readonly counts: 'redis' | 'process';
  /** Why it is degraded; null when it is not. */
  readonly reason: string | null;
  /** Requests decided in this process although there is a Redis to ask, since the start. */
  readonly decidedLocally: number;
}

export interface RateLimit {
  /**
   * Counts one request under a policy and says whether it is allowed; one that is not costs nothing. The key says
   * whom to count for; equal keys of different policies are counted apart. What is decided in this process is answered
   * at once, not by a promise. Never rejects where counts are insured (see insured.ts).
   */
  consume(policyName: string, key: string, demand: Demand): Decision | Promise<Decision>;
  state(): RateLimitState;
}
