import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fairShare } from '../../../src/services/idempotency/fair-share.ts';

describe('a fair share', () => {
  it('is without an end while there is enough', () => {
    assert.equal(fairShare([], 10), Infinity);
    assert.equal(fairShare([4, 6], 10), Infinity);
  });

  it('takes from those who have the most', () => {
    assert.equal(fairShare([1, 2, 100], 10), 7);
    assert.equal(fairShare([5, 100, 1, 100], 16), 5);
  });

  it('leaves no more than there is, and all of it to somebody', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 50 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 5000 }), (all, max) => {
        const share = fairShare(all, max);
        const total = all.reduce((sum, weight) => sum + weight, 0);
        const left = all.reduce((sum, weight) => sum + Math.min(weight, share), 0);
        assert.ok(Math.abs(left - Math.min(total, max)) < 1e-6);
      }),
    );
  });
});
