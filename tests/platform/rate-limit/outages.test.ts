import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createRateLimit } from '#platform/rate-limit/create-rate-limit.ts';
import { createRedis } from '#platform/redis/redis.ts';
import { redisServer } from '../../support/redis-server.ts';
import { redisStates } from '../../support/redis-states.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';
import { outages, type Outage } from './outages.ts';

const timeoutMs = 250;
const quota = 10;
const windowMs = 36_000_000;

/** One replica: a process' own guard and rate limit. */
async function replica(t: TestContext, url: string) {
  const states = redisStates();
  const redis = createRedis({ url, timeoutMs, onStateChange: states.onStateChange });
  t.after(() => redis.stop());
  const limit = createRateLimit({ redis });
  await redis.start();

  /** Sends requests one after another; how many were allowed, how many took as long as a time-out, and the median. */
  async function send(key: string, count: number) {
    const outcome = { allowed: 0, slow: 0 };
    const tookMs: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const sinceMs = performance.now();
      if ((await limit.consume('default', key, { quota, windowMs })).allowed) outcome.allowed += 1;
      const ms = performance.now() - sinceMs;
      if (ms > timeoutMs / 2) outcome.slow += 1;
      tookMs.push(ms);
    }
    tookMs.sort((one, another) => one - another);
    return { ...outcome, medianMs: tookMs[Math.floor(tookMs.length / 2)] as number };
  }

  const remaining = async (key: string) =>
    (await limit.consume('default', key, { quota, windowMs, cost: 0 })).remaining;

  const up = () => (redis.isUp() ? Promise.resolve() : states.next('up'));
  const statuses = () => states.told.map((state) => state.status);
  return { limit, redis, send, remaining, up, states, statuses };
}

async function setUp(t: TestContext, outage: Outage) {
  const server = await redisServer();
  const proxy = await tcpProxy(server.port);
  t.after(async () => {
    proxy.close();
    await server.remove();
  });
  if (outage.atStart) await outage.begin(server, proxy);
  else await server.start();
  const url = outage.url?.(server, proxy) ?? server.url;
  const [one, other] = await Promise.all([replica(t, url), replica(t, url)]);
  return { server, proxy, one, other };
}

/**
 * For every way in which Redis fails: no request fails, waiting is over after one time-out, nobody gets more than the
 * quota from one process in all, counts are shared again within 5 s, and each change is told once.
 */
describe('two replicas, when Redis', () => {
  for (const outage of outages) {
    it(`${outage.name}, keep the limit`, async (t) => {
      const { server, proxy, one, other } = await setUp(t, outage);
      if (!outage.atStart) {
        assert.equal((await other.send('someone', 2)).allowed, 2);
        assert.equal((await one.send('someone', 4)).allowed, 4);
        await one.send('drained', 15);
      }
      const before = outage.atStart ? 0 : 6;

      const down = one.states.next('down');
      if (!outage.atStart) await outage.begin(server, proxy);
      const first = await one.send('someone', 1);
      assert.equal(first.allowed, 1);
      if (!outage.unnoticed && !outage.atStart) await down;
      const during = await one.send('someone', 200);
      assert.equal(before + first.allowed + during.allowed, quota, 'the quota in all, before and during');
      assert.ok(first.slow + during.slow <= 3, `${first.slow} and ${during.slow} slow requests`);
      // The odd request waits for its turn on a busy machine; if they waited for Redis, all of them would.
      assert.ok(during.medianMs < 5, `${during.medianMs} ms each`);
      const there = await other.send('someone', 50);
      assert.ok(there.allowed <= quota - (outage.atStart ? 0 : 2), 'from what the other one knows, once');
      if (outage.unnoticed) assert.equal(there.allowed, 0);
      assert.equal((await one.send('drained', 5)).allowed, outage.atStart ? 5 : 0);
      const fresh = await other.send('fresh', 3);
      assert.equal(fresh.allowed, 3);
      checkState(one, outage);

      const back = Promise.all([one.up(), other.up()]);
      await outage.end(server, proxy);
      const sinceMs = performance.now();
      await back;
      assert.ok(performance.now() - sinceMs < 5_000, `${performance.now() - sinceMs} ms`);

      assert.equal((await one.send('someone', 5)).allowed, 0, 'nothing more after it');
      assert.equal((await other.send('someone', 5)).allowed, 0, 'and the other replica knows');
      assert.equal(await other.remaining('fresh'), 7);
      assert.equal(await one.remaining('fresh'), 7, 'what the other one has counted meanwhile is shared');
      const expected = outage.unnoticed ? ['up'] : outage.atStart ? ['down', 'up'] : ['up', 'down', 'up'];
      assert.deepEqual([one.statuses(), other.statuses()], [expected, expected]);
      assert.equal(one.redis.state().changes, expected.length);
    });
  }
});

function checkState(one: Awaited<ReturnType<typeof replica>>, outage: Outage): void {
  const told = one.states.told.find((state) => state.status === 'down');
  const state = one.limit.state();
  if (outage.unnoticed) {
    assert.deepEqual(state, { status: 'ok', counts: 'redis', reason: null, decidedLocally: 0 });
    return;
  }
  assert.match(told?.reason ?? '', outage.reason as RegExp);
  assert.ok(state.decidedLocally > 0);
}
