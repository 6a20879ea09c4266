/** `quota` requests at once at most, and `quota` in every `windowMs` in the long run. */
export interface Quota {
  /** A whole number from 1; at most one for each microsecond of the window. */
  readonly quota: number;
  readonly windowMs: number;
}

export interface Demand extends Quota {
  /**
   * The request's share of the quota, a whole number, 1 if not given. 0 takes nothing and is answered as 1 would be. A
   * cost above the quota waits for the whole quota, and is paid off in full before the next is allowed.
   */
  readonly cost?: number;
}

export interface Decision {
  readonly allowed: boolean;
  /** The quota. */
  readonly limit: number;
  /** The part of the quota that could be used right now. */
  readonly remaining: number;
  /** Milliseconds until the whole quota could be used, if nothing is used until then. */
  readonly resetMs: number;
  /** 0 when allowed; else milliseconds until the same request would be, if nothing is used until then. */
  readonly retryAfterMs: number;
}

export interface RateLimitState {
  /** `degraded`: Redis does not answer, and this process counts by itself. */
  readonly status: 'ok' | 'degraded';
  /** Where the next request is counted. */
  readonly counts: 'redis' | 'process';
  /** The reason for `degraded`; null when it is `ok`. */
  readonly reason: string | null;
  /** Requests decided in this process while Redis did not answer, since the start. */
  readonly decidedLocally: number;
}

export interface RateLimit {
  /**
   * Counts one request of a key under a policy and decides on it; a refused one costs nothing. Equal keys of different
   * policies are counted apart. A decision of this process is returned as it is, without a promise. Never rejects where
   * counts are insured (see insured.ts).
   */
  consume(policyName: string, key: string, demand: Demand): Decision | Promise<Decision>;
  state(): RateLimitState;
}
