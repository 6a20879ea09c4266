import type { Principal } from '#domain/access/principal.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { IdempotencyRecord } from '#services/records/index.ts';

/** A request that bears an Idempotency-Key. */
export interface KeyedRequest {
  readonly principal: Principal;
  /** Stands for a caller who is not signed in: such a caller's keys are those of the address. */
  readonly address: string;
  /** Chosen by the client: 1 to 255 visible characters. */
  readonly key: string;
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** The bytes of the body; undefined where there is none. */
  readonly body: Uint8Array | undefined;
}

/** An answer that can be given again as it was. */
export interface StoredResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A request as it is carried out the first time. */
export interface FirstAttempt<Answer> {
  /** Does what is asked, in a transaction that the journal takes part in. */
  readonly run: (journal: IdempotencyRecord<Answer>) => Promise<Answer>;
  /** The answer to what was done. Called within the transaction, so without effects of its own. */
  readonly toResponse: (answer: Answer) => StoredResponse;
  /** The answer to what `perform` has thrown; undefined for what is not kept: the next one is a first time again. */
  readonly toErrorResponse: (error: unknown) => StoredResponse | undefined;
}

export interface IdempotentResponse extends StoredResponse {
  /** It was given before. */
  readonly replayed: boolean;
}

/** Carries each request out once, however often it is sent within 24 hours. */
export interface IdempotencyService extends Lifecycle {
  /**
   * Throws Problem: `idempotency_mismatch` when the caller's key stands for another request, `request_in_progress` when
   * the same request has not been answered yet; and whatever `perform` throws that is not kept.
   */
  runOnce<Answer>(request: KeyedRequest, firstTime: FirstAttempt<Answer>): Promise<IdempotentResponse>;
  /** Begins to remove expired rows, now and every ten minutes. */
  start(): void;
  stop(): Promise<void>;
}
