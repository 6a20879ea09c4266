import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { addressBlock } from '#domain/access/address-block.ts';
import { Problem } from '#domain/errors/problem.ts';
import { costMax } from '#platform/rate-limit/gcra.ts';
import type { Decision, Quota, RateLimit } from '#platform/rate-limit/rate-limit.ts';
import type { AttemptMeter } from '#services/auth/index.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller's quota as the answer shows it; undefined as long as the request has not been counted. */
    quota: QuotaStatus | undefined;
    /** `open`: still to be counted. `asked`: its cost is not known yet. `settled`: counted, or never to be. */
    limit: 'open' | 'asked' | 'settled';
  }
}

interface QuotaStatus {
  readonly policy: Policy;
  readonly decision: Decision;
}

/** A quota with its name in headers and counters. */
interface Policy extends Quota {
  readonly name: string;
  readonly header: string;
}

/** The header fields of every answer, names in lower case. */
export type RateLimitFields = Readonly<Record<'ratelimit-policy' | 'ratelimit', string>>;

/** How a route counts: `batch` by its operations, `auth` under the policy for signing in, `none` not at all. */
export type RouteLimit = 'standard' | 'batch' | 'auth' | 'none';

/** Counts requests, shows callers the rest of their quota in `RateLimit`, and refuses requests beyond it with 429. */
export interface Limiter {
  /** An onRequest hook; after the caller is known, but for `auth`, which is about addresses. */
  readonly hook: (kind: RouteLimit) => onRequestHookHandler;
  /** Counts a request refused before its hook ran or its cost was known: `then` gets `rate_limited`, or nothing. */
  readonly countRefused: (
    request: FastifyRequest,
    reply: FastifyReply,
    then: (problem?: Problem) => void,
  ) => void;
  /** Counts, for an address, a refusal before there was a request; `then` gets the header fields to show. */
  readonly countUnparsed: (address: string | undefined, then: (fields: RateLimitFields) => void) => void;
  /** A preHandler: charges a batch the number of its operations, now that it is known. One beyond the quota costs 1. */
  readonly charge: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  /** Counts attempts at accounts under the policy for signing in, and shows the count where it leaves less. */
  readonly attemptsOf: (request: FastifyRequest, reply: FastifyReply) => AttemptMeter;
}

export interface Limits {
  readonly rateLimit: RateLimit;
  /** For a signed-in user. */
  readonly default: Quota;
  /** For signing in and its like: of an address, and of an account. */
  readonly auth: Quota;
  /** For an address that is not signed in. */
  readonly anonymous: Quota;
}

/** Creates the hooks that count against one rate limit: by user where signed in, else by address block. */
export function createLimiter(limits: Limits): Limiter {
  const counting = createCounting(limits);
  const { rateLimit } = limits;
  return {
    hook: (kind) => (request, reply, done) => {
      const preflight = isPreflight(reply);
      const cost = preflight || kind === 'batch' ? 0 : 1;
      request.limit = kind === 'batch' ? 'asked' : 'settled';
      counting.count(request, reply, { kind, cost }, (shown) => {
        if (shown.decision.allowed || preflight) done();
        else {
          request.limit = 'settled';
          done(kind === 'batch' ? rateLimitedBatch(shown) : rateLimited(shown));
        }
      });
    },
    countRefused(request, reply, then) {
      request.limit = 'settled';
      counting.count(request, reply, { kind: 'standard', cost: 1 }, (shown) => {
        then(shown.decision.allowed ? undefined : rateLimited(shown));
      });
    },
    countUnparsed(address = '', then) {
      const policy = counting.policies.anonymous;
      const decision = rateLimit.consume(policy.name, addressBlock(address) ?? 'unknown', policy);
      const decided = (known: Decision) => then(fieldsOf({ policy, decision: known }));
      if (decision instanceof Promise) void decision.then(decided);
      else decided(decision);
    },
    async charge(request, reply) {
      request.limit = 'settled';
      const { policy, key } = counting.policyFor(request, 'batch');
      const cost = operationsIn(request.body);
      const decision = await rateLimit.consume(policy.name, key, { ...policy, cost });
      show(reply, { policy, decision });
      if (decision.allowed) return;
      // Its body was read all the same.
      show(reply, { policy, decision: await rateLimit.consume(policy.name, key, policy) });
      throw rateLimited({ policy, decision }, intervalMsOf(policy));
    },
    attemptsOf(request, reply) {
      const policy = counting.policies.auth;
      return {
        quota: policy.quota,
        async consume(key, cost) {
          const decision = await rateLimit.consume(policy.name, key, { ...policy, cost });
          const { quota } = request;
          const isLess = quota === undefined || decision.remaining < quota.decision.remaining;
          if (isLess) show(reply, { policy, decision });
          return decision;
        },
        refusal(decision) {
          // The next attempt needs one of the address as well.
          const ofAddressMs = request.quota === undefined ? 0 : waitMsFor(request.quota, 1);
          const retryAfterMs = Math.max(decision.retryAfterMs, ofAddressMs);
          return rateLimited({ policy, decision: { ...decision, retryAfterMs } });
        },
      };
    },
  };
}

/** The policies, the key that a request counts under, and its counting. */
function createCounting(limits: Limits) {
  const policies = {
    default: policyOf('default', limits.default),
    auth: policyOf('auth', limits.auth),
    anonymous: policyOf('anonymous', limits.anonymous),
  };

  function policyFor(request: FastifyRequest, kind: RouteLimit): { policy: Policy; key: string } {
    if (kind === 'auth') return { policy: policies.auth, key: addressOf(request) };
    const { user } = request.principal;
    if (user !== null) return { policy: policies.default, key: user.id };
    return { policy: policies.anonymous, key: addressOf(request) };
  }

  function count(
    request: FastifyRequest,
    reply: FastifyReply,
    { kind, cost }: { kind: RouteLimit; cost: number },
    then: (shown: QuotaStatus) => void,
  ): void {
    const { policy, key } = policyFor(request, kind);
    const { quota, windowMs } = policy;
    const decided = (decision: Decision) => {
      const shown = { policy, decision };
      show(reply, shown);
      then(shown);
    };
    const decision = limits.rateLimit.consume(policy.name, key, { quota, windowMs, cost });
    // A process that counts by itself must not cost every request a promise.
    if (decision instanceof Promise) void decision.then(decided);
    else decided(decision);
  }

  return { policies, policyFor, count };
}

/** `rate_limited`, with the seconds after which the same request is allowed if nothing else uses the quota. */
function rateLimited({ policy, decision }: QuotaStatus, moreMs = 0): Problem {
  const retryAfterSeconds = Math.max(1, Math.ceil((decision.retryAfterMs + moreMs) / 1000));
  return new Problem('rate_limited', {
    detail: `${policy.quota} requests in ${policy.windowMs / 1000} s are allowed here`,
    retryAfterSeconds,
  });
}

/** A batch whose cost is not known, since nothing is left to read it: the longest that it can take. */
function rateLimitedBatch(shown: QuotaStatus): Problem {
  return rateLimited({ ...shown, decision: { ...shown.decision, retryAfterMs: waitMsFor(shown, costMax) } });
}

/** How long it takes until so many requests are allowed at once, or all of the quota where that is less. */
function waitMsFor({ policy, decision }: QuotaStatus, count: number): number {
  const others = Math.max(0, policy.quota - count);
  return Math.max(0, decision.resetMs - others * intervalMsOf(policy));
}

/** How long it takes until one request more is allowed. */
function intervalMsOf({ quota, windowMs }: Quota): number {
  return windowMs / quota;
}

function policyOf(name: string, quota: Quota): Policy {
  return { ...quota, name, header: `"${name}";q=${quota.quota};w=${quota.windowMs / 1000}` };
}

function show(reply: FastifyReply, shown: QuotaStatus): void {
  reply.request.quota = shown;
  const fields = fieldsOf(shown);
  reply.header('ratelimit-policy', fields['ratelimit-policy']);
  reply.header('ratelimit', fields.ratelimit);
}

/** draft-ietf-httpapi-ratelimit-headers: `r` is the rest of the quota, `t` the seconds until all of it is back. */
function fieldsOf({ policy, decision }: QuotaStatus): RateLimitFields {
  const { remaining, resetMs } = decision;
  return {
    'ratelimit-policy': policy.header,
    ratelimit: `"${policy.name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
  };
}

/** The address block that a request counts for. A client that a proxy names without an address counts as that proxy. */
function addressOf(request: FastifyRequest): string {
  const sent = addressBlock(request.ip);
  if (sent !== null) return sent;
  const { remoteAddress = '' } = request.raw.socket;
  return addressBlock(remoteAddress) ?? 'unknown';
}

/** The number of operations in a batch's body; 1 at least, since any body has been read. */
function operationsIn(body: unknown): number {
  const operations =
    typeof body === 'object' && body !== null ? (body as { operations?: unknown }).operations : [];
  return Array.isArray(operations) ? Math.max(1, operations.length) : 1;
}

/** The browser's question ahead of a request that is counted itself: cors.ts has answered it. */
function isPreflight(reply: FastifyReply): boolean {
  return reply.request.method === 'OPTIONS' && reply.hasHeader('access-control-allow-methods');
}
