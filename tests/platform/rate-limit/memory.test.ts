import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRateLimit } from '#platform/rate-limit/create-rate-limit.ts';
import { rateLimitContract } from '../../contracts/rate-limit.ts';

describe('the rate limit in memory', () => {
  rateLimitContract(
    () => {
      let nowMs = 5_000;
      const advance = (ms: number) => void (nowMs += ms);
      return Promise.resolve({ limit: createRateLimit({ nowMs: () => nowMs }), advance });
    },
    { slackMs: 1 },
  );

  it('remembers a bounded number of keys, and the ones in use longest', async () => {
    const limit = createRateLimit({ keysMax: 100 });
    const one = { quota: 1, windowMs: 60_000 };
    await limit.consume('default', 'in use', one);
    for (let i = 0; i < 10_000; i += 1) {
      await limit.consume('anonymous', `stranger ${i}`, one);
      assert.equal((await limit.consume('default', 'in use', one)).allowed, false);
    }
    assert.equal((await limit.consume('anonymous', 'stranger 9999', one)).allowed, false);
    assert.equal((await limit.consume('anonymous', 'stranger 0', one)).allowed, true);
  });

  it('is what there is without Redis, and says so', () => {
    assert.deepEqual(createRateLimit().state(), {
      status: 'ok',
      counts: 'process',
      reason: null,
      decidedLocally: 0,
    });
  });
});
