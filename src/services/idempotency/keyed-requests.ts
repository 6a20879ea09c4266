import type { Database, IdempotencyRow, IdempotencyKeysRepository, Transaction } from '#data/index.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Clock } from '#platform/clock.ts';
import type { StoredResponse, FirstAttempt, IdempotentResponse, KeyedRequest } from './idempotency.ts';
import { identityOf, type Identity } from './identity.ts';

export interface KeyedRequestsDependencies {
  readonly database: Database;
  readonly answers: IdempotencyKeysRepository;
  readonly clock: Clock;
  /** Told of each answer that is kept now. */
  readonly onKept: (answer: StoredResponse) => void;
}

const keptMs = 24 * 60 * 60_000;
const retryAfterSeconds = 1;

/** Somebody else's answer is kept under the key already: what was done here is given up. */
class KeyTaken extends Error {
  override readonly name = 'Outrun';
}

/** Repeatable requests: each is new, in flight, or answered. */
export class KeyedRequests {
  readonly #parts: KeyedRequestsDependencies;
  /** Those that this process carries out right now: key → fingerprint. */
  readonly #inFlight = new Map<string, string>();

  constructor(parts: KeyedRequestsDependencies) {
    this.#parts = parts;
  }

  async once<Answer>(request: KeyedRequest, firstTime: FirstAttempt<Answer>): Promise<IdempotentResponse> {
    const identity = identityOf(request);
    const { key, fingerprint } = identity;
    const kept = await this.#find(identity);
    if (kept !== undefined) return kept;
    const twin = this.#inFlight.get(key);
    if (twin !== undefined) {
      refuseUnlessSame(twin, fingerprint);
      throw inProgress();
    }
    this.#inFlight.set(key, fingerprint);
    try {
      return await this.#carryOut(identity, firstTime);
    } catch (error) {
      if (!(error instanceof KeyTaken)) throw error;
      const first = await this.#find(identity);
      if (first === undefined) throw inProgress();
      return first;
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #carryOut<Answer>(identity: Identity, firstTime: FirstAttempt<Answer>): Promise<IdempotentResponse> {
    try {
      const answer = await firstTime.run({
        claim: (transaction) => this.#claim(transaction, identity),
        store: (transaction, answer) => this.#keep(transaction, identity, firstTime.toResponse(answer)),
      });
      return this.#kept(firstTime.toResponse(answer));
    } catch (error) {
      const isOurs = error instanceof KeyTaken || isInProgress(error);
      const refusal = isOurs ? undefined : firstTime.toErrorResponse(error);
      if (refusal === undefined) throw error;
      // The transaction of the write is given up, so the refusal has one of its own.
      await this.#parts.database.write(async (transaction) => {
        await this.#claim(transaction, identity);
        await this.#keep(transaction, identity, refusal);
      });
      return this.#kept(refusal);
    }
  }

  #kept(answer: StoredResponse): IdempotentResponse {
    this.#parts.onKept(answer);
    return { ...answer, replayed: false };
  }

  async #find({ key, fingerprint }: Identity): Promise<IdempotentResponse | undefined> {
    const { database, answers, clock } = this.#parts;
    const kept = await database.read((reader) => answers.find(reader, key, clock.now().toISOString()));
    if (kept === undefined) return undefined;
    refuseUnlessSame(kept.fingerprint, fingerprint);
    return replayOf(kept);
  }

  async #claim(transaction: Transaction, { key }: Identity): Promise<void> {
    if (!(await this.#parts.answers.claim(transaction, key))) throw inProgress();
  }

  async #keep(transaction: Transaction, identity: Identity, answer: StoredResponse): Promise<void> {
    const now = this.#parts.clock.now();
    const row: IdempotencyRow = {
      ...identity,
      status: answer.status,
      headers: JSON.stringify(answer.headers),
      body: answer.body,
      expiresAt: new Date(now.getTime() + keptMs).toISOString(),
    };
    if (!(await this.#parts.answers.keep(transaction, row, now.toISOString()))) throw new KeyTaken();
  }
}

function replayOf({ status, headers, body }: IdempotencyRow): IdempotentResponse {
  return { status, headers: JSON.parse(headers) as Record<string, string>, body, replayed: true };
}

function refuseUnlessSame(known: string, fingerprint: string): void {
  if (known === fingerprint) return;
  throw new Problem('idempotency_mismatch', {
    detail: 'This Idempotency-Key was sent with another method, path, query or body before',
  });
}

function inProgress(): Problem {
  return new Problem('request_in_progress', { retryAfterSeconds });
}

function isInProgress(error: unknown): boolean {
  return error instanceof Problem && error.code === 'request_in_progress';
}
