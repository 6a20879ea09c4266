import { hash } from 'node:crypto';
import type { Database, UsersRepository } from '#data/index.ts';
import { addressBlock } from '#domain/access/address-block.ts';
import { normaliseEmail } from '#domain/access/email.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Decision } from '#platform/rate-limit/rate-limit.ts';
import type { Clock } from '#platform/clock.ts';
import type { Tokens } from '#platform/tokens.ts';
import type { AttemptMeter, Origin } from './origin.ts';
import type { Sessions } from './sessions.ts';

/** An attempt to get into an account, or to take its address. */
export interface SignInAttempt {
  /** The address as it was sent, or the id of the user at `change`. A value that is no address belongs to no account. */
  readonly account: unknown;
  /**
   * `password` counts guesses at one account. `registration` and `change` count attempts to take an address, because a
   * refusal reveals that it has an account: `registration` counts for the address, `change` for the user.
   */
  readonly at: 'password' | 'registration' | 'change';
  readonly origin: Pick<Origin, 'address' | 'meter'>;
}

/** An attempt that may be made. */
interface AdmittedAttempt {
  /** The keys that a failure is counted under, with its cost; a slot is taken under each. */
  readonly failureCosts: readonly (readonly [key: string, cost: number])[];
  /** The answer to a failure, where it must not be told from a refusal. */
  readonly refusal?: Problem;
}

interface SignInLimitDependencies {
  readonly database: Database;
  readonly users: UsersRepository;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

/** Limits failed attempts at an account from all addresses together. The HTTP layer limits each address. */
export class SignInLimit {
  readonly #dependencies: SignInLimitDependencies;
  readonly #slots = new Slots();

  constructor(dependencies: SignInLimitDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Does the work unless too many attempts at the account have failed: then it throws `rate_limited`. Only failures
   * count, and only so many attempts run at a time as may still fail.
   */
  async attempt<Done>(attempt: SignInAttempt, work: () => Promise<Done>): Promise<Done> {
    const { meter } = attempt.origin;
    const account = accountOf(attempt);
    if (meter === undefined || account === null) return work();
    const { failureCosts, refusal } = await this.#admit(attempt, account, meter);
    try {
      return await work();
    } catch (error) {
      if (!isFailure(error, attempt)) throw error;
      for (const [key, cost] of failureCosts) await meter.consume(key, cost);
      throw refusal ?? error;
    } finally {
      for (const [key] of failureCosts) this.#slots.giveBack(key);
    }
  }

  /** Counts a refresh token for the account that it belongs to. Throws `rate_limited` before it is spent. */
  async refresh(refreshToken: unknown, meter: AttemptMeter | undefined): Promise<void> {
    const { database, sessions, tokens } = this.#dependencies;
    if (meter === undefined || typeof refreshToken !== 'string' || !tokens.isRefresh(refreshToken)) return;
    const userId = await database.read((reader) => sessions.userOf(reader, refreshToken));
    if (userId === null) return;
    const decision = await meter.consume(`refresh:${userId}`, 1);
    if (!decision.allowed) throw meter.refusal(decision);
  }

  /** Takes a slot. Throws when too many attempts have failed. */
  async #admit({ at, origin }: SignInAttempt, email: string, meter: AttemptMeter): Promise<AdmittedAttempt> {
    const account = `${at}:${hash('sha256', email, 'base64url')}`;
    const decision = await meter.consume(account, 0);
    if (this.#slots.take(account, decision)) return { failureCosts: [[account, 1]] };
    const refusal = meter.refusal(decision);
    const block = addressBlock(origin.address);
    if (at !== 'password' || block === null) throw refusal;
    // Strangers may use an account up for ever; that must not be a way to keep its owner out.
    const own = `${account}:${block}`;
    const ownDecision = await meter.consume(own, 0);
    if (await this.#isSignedInFrom(email, block)) {
      if (!this.#slots.take(own, ownDecision)) throw meter.refusal(ownDecision);
      return { failureCosts: [[own, 1]] };
    }
    // When the account's failures are used up, an address with no recent failure may still try once, from a separate
    // quota shared by such addresses. A failed try is answered exactly like a refusal, so an attacker learns nothing.
    const newcomers = `${account}:newcomers`;
    const isNew = ownDecision.remaining === ownDecision.limit;
    if (!isNew || !this.#slots.take(own, { ...ownDecision, remaining: 1 })) throw refusal;
    if (!this.#slots.take(newcomers, await meter.consume(newcomers, 0))) {
      this.#slots.giveBack(own);
      throw refusal;
    }
    const failureCosts = [[newcomers, 1] as const, [own, meter.quota] as const];
    return { failureCosts, refusal };
  }

  /** Whether an open session of the account was opened from this block of addresses. */
  #isSignedInFrom(email: string, block: string): Promise<boolean> {
    const { database, users, sessions, clock } = this.#dependencies;
    return database.read(async (reader) => {
      const user = await users.findByEmail(reader, email);
      if (user === null) return false;
      const found = await sessions.stored.listOf(reader, user.id, clock.now().toISOString());
      return found.some(({ address }) => addressBlock(address) === block);
    });
  }
}

/** Attempts under way. Each may still fail and is counted when it has, so their number is bounded. */
class Slots {
  readonly #taken = new Map<string, number>();

  take(key: string, { allowed, remaining }: Decision): boolean {
    const others = this.#taken.get(key) ?? 0;
    if (!allowed || others >= remaining) return false;
    this.#taken.set(key, others + 1);
    return true;
  }

  giveBack(key: string): void {
    const others = (this.#taken.get(key) ?? 1) - 1;
    if (others === 0) this.#taken.delete(key);
    else this.#taken.set(key, others);
  }
}

function accountOf({ account, at }: SignInAttempt): string | null {
  if (typeof account !== 'string') return null;
  return at === 'change' ? account : normaliseEmail(account);
}

/** A wrong password does not count for an address that is only asked for: its owner could not register any more. */
function isFailure(error: unknown, { at }: SignInAttempt): boolean {
  return error instanceof Problem && error.code === (at === 'password' ? 'invalid_credentials' : 'conflict');
}
