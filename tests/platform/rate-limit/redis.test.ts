import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { take, termsOf } from '#platform/rate-limit/gcra.ts';
import { createRedisRateLimit, type SharedRateLimit } from '#platform/rate-limit/redis.ts';
import { createRedis, type Redis } from '#platform/redis/redis.ts';
import { rateLimitContract } from '../../contracts/rate-limit.ts';
import { redisServer, type RedisServer } from '../../support/redis-server.ts';

// Long enough for a machine that is busy with other tests: what happens at the deadline is tested elsewhere.
const timeoutMs = 5_000;

// Redis' clock cannot be set. Moving all it has counted into the past is the same.
const shiftLua = `
for _, key in ipairs(redis.call('KEYS', 'plinth:limit:*')) do
  redis.call('SET', key, string.format('%.0f', redis.call('GET', key) - ARGV[1]), 'KEEPTTL')
end`;

async function redisNowUs(redis: Redis): Promise<number> {
  const [seconds, microseconds] = (await redis.call('TIME')) as [string, string];
  return Number(seconds) * 1_000_000 + Number(microseconds);
}

describe('the rate limit in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let limit: SharedRateLimit;

  before(async () => {
    server = await redisServer();
    await server.start();
    redis = createRedis({ url: server.url, timeoutMs, onStateChange: () => undefined });
    assert.equal((await redis.start()).status, 'up');
    limit = createRedisRateLimit(redis);
  });
  after(async () => {
    redis.stop();
    await server.remove();
  });

  rateLimitContract(async () => {
    await redis.call('FLUSHALL');
    return { limit, advance: async (ms) => void (await redis.call('EVAL', shiftLua, 0, ms * 1000)) };
  });

  it('does the arithmetic of gcra.ts, to the microsecond', async () => {
    const demand = fc
      .record({
        quota: fc.integer({ min: 1, max: 1_000_000 }),
        windowMs: fc.integer({ min: 1_000, max: 86_400_000 }),
        cost: fc.integer({ min: 0, max: 120 }),
      })
      .map((one) => ({ ...one, terms: termsOf(one) }));
    const aheads = fc.oneof(fc.constant(0), fc.double({ min: -0.2, max: 1.2, noNaN: true }));
    await fc.assert(
      fc.asyncProperty(demand, aheads, aheads, aheads, async ({ terms }, stored, shared, own) => {
        const nowUs = Date.now() * 1000;
        const inUs = (part: number) => Math.round(part * terms.aheadUsMax);
        const [storedUs, sharedUs] = [nowUs + inUs(stored), nowUs + inUs(shared)];
        const aheadUs = Math.max(0, inUs(own));
        await redis.call('SET', 'plinth:limit:sum', storedUs);
        const taken = await limit.take('sum', terms, { aheadUs, sharedUs });
        const thenUs = taken.sharedUs - taken.aheadUs;
        const expected = take(Math.max(storedUs - thenUs, sharedUs - thenUs, aheadUs), terms);
        assert.deepEqual({ aheadUs: taken.aheadUs, waitUs: taken.waitUs }, expected);
        const kept = await redis.call('GET', 'plinth:limit:sum');
        // What is a moment ahead may have passed by now, and is then forgotten.
        if (kept !== null || (await redisNowUs(redis)) < taken.sharedUs)
          assert.equal(Number(kept), taken.sharedUs);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps nothing longer than it matters', async () => {
    await redis.call('FLUSHALL');
    await limit.consume('default', 'a', { quota: 10, windowMs: 60_000, cost: 5 });
    const ttlMs = Number(await redis.call('PTTL', 'plinth:limit:default:a'));
    assert.ok(ttlMs > 0 && ttlMs <= 30_000, `${ttlMs}`);
    await limit.consume('default', 'peeked', { quota: 10, windowMs: 60_000, cost: 0 });
    assert.ok(Number(await redis.call('PTTL', 'plinth:limit:default:peeked')) <= 1);
  });

  it('goes on when somebody else has written something under its key', async () => {
    for (const value of ['', 'nonsense', 'nan', 'inf', '-1', '1e999']) {
      await redis.call('SET', 'plinth:limit:default:a', value);
      const decision = await limit.consume('default', 'a', { quota: 10, windowMs: 60_000 });
      assert.ok(decision.resetMs <= 600_000, `${value}: ${decision.resetMs}`);
      assert.equal(redis.isUp(), true);
    }
    await redis.call('DEL', 'plinth:limit:default:a');
    await redis.call('LPUSH', 'plinth:limit:default:a', 'a list');
    assert.equal((await limit.consume('default', 'a', { quota: 10, windowMs: 60_000 })).remaining, 9);
  });

  it('locks nobody out for longer than the window when the clock of Redis is set back', async () => {
    const inAYearUs = (Date.now() + 365 * 86_400_000) * 1000;
    await redis.call('SET', 'plinth:limit:default:a', inAYearUs);
    const decision = await limit.consume('default', 'a', { quota: 600, windowMs: 60_000 });
    assert.equal(decision.allowed, false);
    assert.ok(decision.resetMs <= 60_000);
  });

  it('finds its script again after the server has forgotten it', async () => {
    await redis.call('SCRIPT', 'FLUSH');
    assert.equal((await limit.consume('default', 'script', { quota: 10, windowMs: 60_000 })).remaining, 9);
  });
});
