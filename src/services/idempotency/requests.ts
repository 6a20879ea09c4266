import type { Database, KeptAnswer, KeptAnswersRepository, Unit } from '#data/index.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Clock } from '#platform/clock.ts';
import type { FinalAnswer, FirstTime, GivenAnswer, RepeatableRequest } from './idempotency.ts';
import { identityOf, type Identity } from './identity.ts';

export interface RequestsParts {
  readonly database: Database;
  readonly answers: KeptAnswersRepository;
  readonly clock: Clock;
  /** Told of each answer that is kept now. */
  readonly onKept: (answer: FinalAnswer) => void;
}

const keptMs = 24 * 60 * 60_000;
const retryAfterSeconds = 1;

/** Somebody else's answer is kept under the key already: what was done here is given up. */
class Outrun extends Error {
  override readonly name = 'Outrun';
}

/** Repeatable requests: each is new, in flight, or answered. */
export class Requests {
  readonly #parts: RequestsParts;
  /** Those that this process carries out right now: key → fingerprint. */
  readonly #inFlight = new Map<string, string>();

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  async once<Answer>(request: RepeatableRequest, firstTime: FirstTime<Answer>): Promise<GivenAnswer> {
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
      if (!(error instanceof Outrun)) throw error;
      const first = await this.#find(identity);
      if (first === undefined) throw inProgress();
      return first;
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #carryOut<Answer>(identity: Identity, firstTime: FirstTime<Answer>): Promise<GivenAnswer> {
    try {
      const answer = await firstTime.perform({
        open: (unit) => this.#claim(unit, identity),
        close: (unit, answer) => this.#keep(unit, identity, firstTime.answer(answer)),
      });
      return this.#kept(firstTime.answer(answer));
    } catch (error) {
      const isOurs = error instanceof Outrun || isInProgress(error);
      const refusal = isOurs ? undefined : firstTime.refusal(error);
      if (refusal === undefined) throw error;
      // The unit of the write is given up, so the refusal has one of its own.
      await this.#parts.database.write(async (unit) => {
        await this.#claim(unit, identity);
        await this.#keep(unit, identity, refusal);
      });
      return this.#kept(refusal);
    }
  }

  #kept(answer: FinalAnswer): GivenAnswer {
    this.#parts.onKept(answer);
    return { ...answer, replayed: false };
  }

  async #find({ key, fingerprint }: Identity): Promise<GivenAnswer | undefined> {
    const { database, answers, clock } = this.#parts;
    const kept = await database.read((session) => answers.find(session, key, clock.now().toISOString()));
    if (kept === undefined) return undefined;
    refuseUnlessSame(kept.fingerprint, fingerprint);
    return replayOf(kept);
  }

  async #claim(unit: Unit, { key }: Identity): Promise<void> {
    if (!(await this.#parts.answers.claim(unit, key))) throw inProgress();
  }

  async #keep(unit: Unit, identity: Identity, answer: FinalAnswer): Promise<void> {
    const now = this.#parts.clock.now();
    const row: KeptAnswer = {
      ...identity,
      status: answer.status,
      headers: JSON.stringify(answer.headers),
      body: answer.body,
      expiresAt: new Date(now.getTime() + keptMs).toISOString(),
    };
    if (!(await this.#parts.answers.keep(unit, row, now.toISOString()))) throw new Outrun();
  }
}

function replayOf({ status, headers, body }: KeptAnswer): GivenAnswer {
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
