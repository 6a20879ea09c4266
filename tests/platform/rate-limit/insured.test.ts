import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInsuredRateLimit } from '#platform/rate-limit/insured.ts';
import { createMemoryRateLimit, type Mirror } from '#platform/rate-limit/memory.ts';
import type { SharedRateLimit, SharedTakeResult } from '#platform/rate-limit/redis.ts';
import { rateLimitContract } from '../../contracts/rate-limit.ts';
import { chaosRateLimit, seededRandom } from '../../support/chaos-rate-limit.ts';

function insuredByChaos(seed: number) {
  let nowMs = 5_000;
  const now = () => nowMs;
  const shared = chaosRateLimit({ nowMs: now, random: seededRandom(seed) });
  const limit = createInsuredRateLimit({
    shared,
    local: createMemoryRateLimit({ nowMs: now, keysMax: 1_000 }),
  });
  return { limit, shared, advance: (ms: number) => void (nowMs += ms) };
}

for (const seed of [1, 2, 3, 4, 5]) {
  describe(`the insured rate limit over shared counts that fail at random (seed ${seed})`, () => {
    let test = 0;
    rateLimitContract(() => Promise.resolve(insuredByChaos(seed * 1_000 + (test += 1))), { slackMs: 1 });
  });
}

describe('the insured rate limit', () => {
  const demand = { quota: 10, windowMs: 10_000 };
  const sharedUs = 1_760_000_000_000_000;

  /** Shared counts that answer what the test says, and keep what they were told. */
  function scripted() {
    const mirrors: Mirror[] = [];
    let answer: SharedTakeResult | null = null;
    const shared: SharedRateLimit = {
      consume: () => Promise.reject(new Error('only asked through take')),
      state: () => ({ status: 'degraded', counts: 'process', reason: 'OOM', decidedLocally: 0 }),
      isUp: () => true,
      take(_id, _terms, mirror) {
        mirrors.push(mirror);
        return answer === null ? Promise.reject(new Error('OOM')) : Promise.resolve(answer);
      },
    };
    const local = createMemoryRateLimit({ nowMs: () => 5_000, keysMax: 10 });
    const limit = createInsuredRateLimit({ shared, local });
    const consume = (next: SharedTakeResult | null) => {
      answer = next;
      return limit.consume('default', 'a', demand);
    };
    return { limit, mirrors, consume };
  }

  it('answers what the shared counts say, of all that others have taken', async () => {
    const { consume } = scripted();
    const decision = await consume({ aheadUs: 9_000_000, waitUs: 0, sharedUs });
    assert.deepEqual(decision, {
      allowed: true,
      limit: 10,
      remaining: 1,
      resetMs: 9_000,
      retryAfterMs: 0,
    });
  });

  it('goes on where the shared counts were when they fail', async () => {
    const { consume } = scripted();
    await consume({ aheadUs: 9_000_000, waitUs: 0, sharedUs });
    assert.deepEqual(
      [await consume(null), await consume(null)].map(({ allowed, remaining }) => [allowed, remaining]),
      [
        [true, 0],
        [false, 0],
      ],
    );
  });

  it('tells the shared counts their own moment, and a distance once it has counted by itself', async () => {
    const { consume, mirrors } = scripted();
    await consume({ aheadUs: 2_000_000, waitUs: 0, sharedUs });
    await consume(null);
    await consume({ aheadUs: 4_000_000, waitUs: 0, sharedUs: sharedUs + 2 });
    await consume(null);
    assert.deepEqual(mirrors, [
      { aheadUs: 0, sharedUs: 0 },
      { aheadUs: 0, sharedUs },
      { aheadUs: 3_000_000, sharedUs: 0 },
      { aheadUs: 0, sharedUs: sharedUs + 2 },
    ]);
  });

  it('keeps what it has counted by itself when an older answer says less', async () => {
    const { consume, mirrors } = scripted();
    for (let i = 0; i < 5; i += 1) await consume(null);
    await consume({ aheadUs: 1_000_000, waitUs: 0, sharedUs });
    await consume(null);
    assert.deepEqual(mirrors.at(-1), { aheadUs: 5_000_000, sharedUs: 0 });
  });

  it('says that it is degraded and why, and how often it has decided by itself', async () => {
    const { consume, limit } = scripted();
    await consume({ aheadUs: 1_000_000, waitUs: 0, sharedUs });
    await consume(null);
    await consume(null);
    assert.deepEqual(limit.state(), {
      status: 'degraded',
      counts: 'process',
      reason: 'OOM',
      decidedLocally: 2,
    });
  });
});
