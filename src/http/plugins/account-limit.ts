import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressBlock } from '#domain/access/address-block.ts';
import { normaliseEmail } from '#domain/access/email.ts';
import { Problem } from '#domain/errors/problem.ts';
import type { Decision } from '#platform/rate-limit/rate-limit.ts';
import type { AuthService } from '#services/auth/index.ts';
import { rateLimited, waitMsFor, type Limiter, type Policy } from '../hooks/rate-limit.ts';

/** What somebody tries to get into, or to take: counted beside their address, from wherever they try. */
export interface SignInAttempt {
  readonly email: unknown;
  /** Passwords are guessed at one account; taking an address that is taken tells who has one. */
  readonly at: 'password' | 'registration';
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The second half of the `auth` policy: what holds for an account, whatever addresses are used. */
export interface AccountLimit {
  /**
   * Does the work unless too many attempts at the account have failed: throws `rate_limited` then. Only failures count,
   * and only so many attempts run at a time as may still fail.
   */
  attempt<T>(attempt: SignInAttempt, work: () => Promise<T>): Promise<T>;
  /** Counts a refresh token for the account that it belongs to. Throws `rate_limited` before it is spent. */
  refresh(request: FastifyRequest, reply: FastifyReply, refreshToken: unknown): Promise<void>;
}

/** An attempt that may be made. */
interface AdmittedAttempt {
  /** Under what it is counted when it fails; a place is taken under each. */
  readonly failureCosts: readonly (readonly [key: string, cost: number])[];
  /** What a failure is answered with, where it is not to be told from a refusal. */
  readonly refusal?: Problem;
}

/** Without a limiter nothing is counted. */
export function createAccountLimit(limiter: Limiter | undefined, auth: AuthService): AccountLimit {
  if (limiter === undefined) return { attempt: (_attempt, work) => work(), refresh: async () => {} };
  const { auth: policy, consume } = limiter;
  const places = createPlaces();

  /** Takes a place. Throws when too many attempts have failed. */
  async function admit({ at, request, reply }: SignInAttempt, email: string): Promise<AdmittedAttempt> {
    const account = `${at}:${hash('sha256', email, 'base64url')}`;
    const decision = await consume(reply, policy, account, 0);
    if (places.take(account, decision)) return { failureCosts: [[account, 1]] };
    const refusal = refuse(policy, request, decision);
    const block = addressBlock(request.ip);
    if (at !== 'password' || block === null) throw refusal;
    // Strangers may use an account up for ever; that must not be a way to keep its owner out.
    const own = `${account}:${block}`;
    const ownDecision = await consume(reply, policy, own, 0);
    if (await isSignedInFrom(email, block)) {
      if (!places.take(own, ownDecision)) throw refuse(policy, request, ownDecision);
      return { failureCosts: [[own, 1]] };
    }
    // An address that has not failed here lately has one try, of a quota that only such addresses share: who attacks
    // from one address cannot use that up. To whoever fails it is as if there had been none.
    const newcomers = `${account}:newcomers`;
    const isNew = ownDecision.remaining === ownDecision.limit;
    if (!isNew || !places.take(own, { ...ownDecision, remaining: 1 })) throw refusal;
    if (!places.take(newcomers, await consume(reply, policy, newcomers, 0))) {
      places.giveBack(own);
      throw refusal;
    }
    return {
      failureCosts: [
        [newcomers, 1],
        [own, policy.quota],
      ],
      refusal,
    };
  }

  async function isSignedInFrom(email: string, block: string): Promise<boolean> {
    const addresses = await auth.addressesOf(email);
    return addresses.some((address) => addressBlock(address) === block);
  }

  return {
    async attempt(attempt, work) {
      const email = typeof attempt.email === 'string' ? normaliseEmail(attempt.email) : null;
      // What is no address belongs to no account.
      if (email === null) return work();
      const { failureCosts, refusal } = await admit(attempt, email);
      try {
        return await work();
      } catch (error) {
        if (!isFailure(error)) throw error;
        for (const [key, cost] of failureCosts) await consume(attempt.reply, policy, key, cost);
        throw refusal ?? error;
      } finally {
        for (const [key] of failureCosts) places.giveBack(key);
      }
    },
    async refresh(request, reply, refreshToken) {
      const userId = typeof refreshToken === 'string' ? await auth.accountOf(refreshToken) : null;
      if (userId === null) return;
      const decision = await consume(reply, policy, `refresh:${userId}`, 1);
      if (!decision.allowed) throw refuse(policy, request, decision);
    },
  };
}

/** Attempts under way, of which each may still fail: they are counted when they have, so their number is bounded. */
function createPlaces() {
  const taken = new Map<string, number>();
  return {
    take(key: string, { allowed, remaining }: Decision): boolean {
      const others = taken.get(key) ?? 0;
      if (!allowed || others >= remaining) return false;
      taken.set(key, others + 1);
      return true;
    },
    giveBack(key: string): void {
      const others = (taken.get(key) ?? 1) - 1;
      if (others === 0) taken.delete(key);
      else taken.set(key, others);
    },
  };
}

/** Refused for the account; the next try needs one of the address as well. */
function refuse(policy: Policy, { quota }: FastifyRequest, decision: Decision): Problem {
  const retryAfterMs = Math.max(decision.retryAfterMs, quota === undefined ? 0 : waitMsFor(quota, 1));
  return rateLimited({ policy, decision: { ...decision, retryAfterMs } });
}

function isFailure(error: unknown): boolean {
  return error instanceof Problem && (error.code === 'invalid_credentials' || error.code === 'conflict');
}
