import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { costMax, counterId, decisionOf, take, termsOf } from '#platform/rate-limit/gcra.ts';

const demand = fc
  .record({
    quota: fc.integer({ min: 1, max: 1_000_000 }),
    windowMs: fc.integer({ min: 1_000, max: 86_400_000 }),
    cost: fc.integer({ min: 0, max: costMax }),
  })
  .map((one) => ({ ...one, terms: termsOf(one) }));

describe('the arithmetic of a rate limit', () => {
  it('has room for the quota and for no more, whatever the quota and the window', () => {
    fc.assert(
      fc.property(demand, ({ quota, windowMs }) => {
        const terms = termsOf({ quota, windowMs });
        const last = take((quota - 1) * terms.intervalUs, terms);
        assert.deepEqual([last.waitUs, decisionOf(last, { quota, windowMs }, terms).remaining], [0, 0]);
        assert.equal(take(last.aheadUs, terms).waitUs, terms.intervalUs);
      }),
    );
  });

  it('is allowed after exactly the time it says, and refused a microsecond before', () => {
    fc.assert(
      fc.property(demand, fc.double({ min: -1, max: 1, noNaN: true }), ({ terms }, part) => {
        const aheadUs = Math.round(part * terms.aheadUsMax);
        const { waitUs, aheadUs: stays } = take(aheadUs, terms);
        fc.pre(waitUs > 0);
        assert.equal(take(stays - waitUs, terms).waitUs, 0);
        assert.equal(take(stays - waitUs + 1, terms).waitUs, 1);
      }),
    );
  });

  it('needs no more than the window to be whole again, unless it owes for a larger cost', () => {
    fc.assert(
      fc.property(demand, ({ quota, windowMs, terms }) => {
        fc.pre(quota >= costMax);
        assert.ok(
          decisionOf(take(Number.MAX_SAFE_INTEGER, terms), { quota, windowMs }, terms).resetMs <= windowMs,
        );
      }),
    );
  });

  it('counts long keys by their digest, each apart', () => {
    const [a, b] = [counterId('auth', 'x'.repeat(1_000_000)), counterId('auth', `${'x'.repeat(1_000_000)}y`)];
    assert.ok(a.length < 100 && b.length < 100);
    assert.notEqual(a, b);
    assert.equal(counterId('default', 'a-user'), 'default:a-user');
  });
});
