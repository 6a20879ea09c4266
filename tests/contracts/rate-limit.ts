import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Decision, Demand, RateLimit } from '#platform/rate-limit/rate-limit.ts';

export interface RateLimitUnderTest {
  readonly limit: RateLimit;
  /** Lets time pass for what is counted. */
  readonly advance: (ms: number) => Promise<void> | void;
}

const hourMs = 3_600_000;

/**
 * What every rate limit does, wherever it counts. Windows are hours, so that the seconds a test takes on a busy machine
 * refill nothing; `slackMs` is what they may take.
 */
export function rateLimitContract(
  create: () => Promise<RateLimitUnderTest>,
  { slackMs = 20_000 } = {},
): void {
  const policy = { quota: 10, windowMs: 10 * hourMs };
  const unitMs = hourMs;

  async function fresh() {
    const { limit, advance } = await create();
    const consume = (demand: Partial<Demand> = {}, key = 'someone', policyName = 'default') =>
      limit.consume(policyName, key, { ...policy, ...demand });
    const drain = async (key?: string) => {
      for (let i = 0; i < policy.quota; i += 1) assert.equal((await consume({}, key)).allowed, true);
    };
    return { limit, advance, consume, drain };
  }

  function near(actualMs: number, expectedMs: number): void {
    assert.ok(
      actualMs <= expectedMs && actualMs > expectedMs - slackMs,
      `${actualMs} ms is not ${expectedMs} ms, less what the test took`,
    );
  }

  describe('keeps the contract of a rate limit', () => {
    it('allows the quota at once, counts it down, and refuses the next', async () => {
      const { consume } = await fresh();
      const decisions: Decision[] = [];
      for (let i = 0; i < 11; i += 1) decisions.push(await consume());
      assert.deepEqual(
        decisions.map((decision) => decision.remaining),
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0],
      );
      assert.deepEqual(
        decisions.map((decision) => decision.allowed),
        [...Array.from({ length: 10 }, () => true), false],
      );
      assert.ok(decisions.every((decision) => decision.limit === 10));
    });

    it('allows no more than the quota of requests that arrive together', async () => {
      const { consume } = await fresh();
      const decisions = await Promise.all(Array.from({ length: 50 }, async () => consume()));
      assert.equal(decisions.filter((decision) => decision.allowed).length, 10);
    });

    it('allows the quota exactly where the window cannot be divided by it', async () => {
      for (const quota of [1, 3, 7, 11, 600, 999]) {
        const { consume } = await fresh();
        let allowed = 0;
        while ((await consume({ quota, windowMs: 100 * hourMs })).allowed) allowed += 1;
        assert.equal(allowed, quota);
      }
    });

    it('says when the next request is allowed, and it is, and not before', async () => {
      const { consume, drain, advance } = await fresh();
      await drain();
      const refused = await consume();
      assert.equal(refused.allowed, false);
      near(refused.retryAfterMs, unitMs);
      await advance(refused.retryAfterMs - slackMs);
      assert.equal((await consume()).allowed, false);
      await advance(slackMs);
      const allowed = await consume();
      assert.deepEqual([allowed.allowed, allowed.remaining, allowed.retryAfterMs], [true, 0, 0]);
    });

    it('charges nothing for what it refuses', async () => {
      const { consume, drain } = await fresh();
      await drain();
      const first = await consume();
      for (let i = 0; i < 20; i += 1) await consume();
      const last = await consume();
      assert.ok(last.retryAfterMs <= first.retryAfterMs);
      assert.ok(last.resetMs <= first.resetMs);
    });

    it('says when the quota is whole again, and it is', async () => {
      const { consume, advance } = await fresh();
      for (let i = 0; i < 4; i += 1) await consume();
      const { resetMs } = await consume({ cost: 0 });
      near(resetMs, 4 * unitMs);
      await advance(resetMs);
      assert.equal((await consume({ cost: 0 })).remaining, 10);
    });

    it('refills as time passes, and never beyond the quota', async () => {
      const { consume, drain, advance } = await fresh();
      await drain();
      await advance(3 * unitMs);
      assert.equal((await consume({ cost: 0 })).remaining, 3);
      await advance(1000 * unitMs);
      assert.equal((await consume({ cost: 0 })).remaining, 10);
    });

    it('takes the cost of a batch as a whole or not at all', async () => {
      const { consume } = await fresh();
      assert.equal((await consume({ cost: 6 })).remaining, 4);
      const batch = await consume({ cost: 5 });
      assert.deepEqual([batch.allowed, batch.remaining], [false, 4]);
      near(batch.retryAfterMs, unitMs);
      assert.equal((await consume({ cost: 4 })).allowed, true);
    });

    it('lets a cost above the quota wait for the whole quota, and be paid off in full', async () => {
      const { consume, advance } = await fresh();
      await consume();
      const early = await consume({ cost: 25 });
      assert.equal(early.allowed, false);
      near(early.retryAfterMs, unitMs);
      await advance(early.retryAfterMs);
      const batch = await consume({ cost: 25 });
      assert.deepEqual([batch.allowed, batch.remaining], [true, 0]);
      const next = await consume();
      assert.equal(next.allowed, false);
      near(next.retryAfterMs, 16 * unitMs);
      await advance(next.retryAfterMs);
      assert.equal((await consume()).allowed, true);
    });

    it('peeks with cost 0: takes nothing, and answers as for one', async () => {
      const { consume, drain } = await fresh();
      const before = await consume({ cost: 0 });
      assert.deepEqual([before.allowed, before.remaining, before.resetMs], [true, 10, 0]);
      await drain();
      const after = await consume({ cost: 0 });
      assert.equal(after.allowed, false);
      near(after.retryAfterMs, unitMs);
    });

    it('counts every key and every policy apart, whatever the key', async () => {
      const { consume, drain } = await fresh();
      const long = 'x'.repeat(5000);
      const keys = ['a', 'A', 'a ', 'a\0', 'a\r\nb', '*', '{a}', 'é', 'e\u0301', '', long, `${long}y`];
      for (const key of keys) await drain(key);
      for (const key of keys) assert.equal((await consume({ cost: 0 }, key)).allowed, false);
      assert.equal((await consume({}, 'a', 'auth')).remaining, 9);
      assert.equal((await consume({}, 'b')).remaining, 9);
    });

    it('never allows more in a span than the quota and what the span refills', async () => {
      const step = fc.record({
        cost: fc.integer({ min: 0, max: 6 }),
        waitUnits: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 4, noNaN: true })),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const { consume, advance } = await fresh();
          let nowUnits = 0;
          const paid: { at: number; cost: number }[] = [];
          for (const { cost, waitUnits } of steps) {
            await advance(Math.floor(waitUnits * unitMs));
            nowUnits += waitUnits;
            if ((await consume({ cost })).allowed) paid.push({ at: nowUnits, cost });
            for (const [index, { at }] of paid.entries()) {
              const sum = paid.slice(index).reduce((total, one) => total + one.cost, 0);
              assert.ok(sum <= 10 + (nowUnits - at) + slackMs / unitMs, `${sum} in ${nowUnits - at}`);
            }
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}
