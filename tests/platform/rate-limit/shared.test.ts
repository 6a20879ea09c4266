import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createRateLimit } from '#platform/rate-limit/create-rate-limit.ts';
import { createRedis } from '#platform/redis/redis.ts';
import { redisServer, type RedisServer } from '../../support/redis-server.ts';
import { redisStates } from '../../support/redis-states.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';

const quota = 100;
const windowMs = 360_000_000;
const intervalUs = (windowMs * 1_000) / quota;

describe('replicas that share their counts', () => {
  let server: RedisServer;

  before(async () => {
    server = await redisServer();
    await server.start();
  });
  after(() => server.remove());

  async function replica(t: TestContext, url = server.url, timeoutMs = 5_000) {
    const states = redisStates();
    const redis = createRedis({ url, timeoutMs, onStateChange: states.onStateChange });
    t.after(() => redis.stop());
    await redis.start();
    const limit = createRateLimit({ redis });
    const consume = (key: string, cost = 1) => limit.consume('default', key, { quota, windowMs, cost });
    /** So many at once; how many were allowed. */
    const burst = async (key: string, count: number) => {
      const decisions = await Promise.all(Array.from({ length: count }, async () => consume(key)));
      return decisions.filter((decision) => decision.allowed).length;
    };
    return { redis, limit, states, consume, burst };
  }

  it('allow the quota together, not each', async (t) => {
    const replicas = await Promise.all([replica(t), replica(t), replica(t)]);
    const allowed = await Promise.all(replicas.map(({ burst }) => burst('together', 80)));
    assert.equal(
      allowed.reduce((total, one) => total + one, 0),
      quota,
    );
  });

  it('charge the interval and nothing more, however long the way to Redis is', async (t) => {
    const proxy = await tcpProxy(server.port);
    t.after(() => proxy.close());
    const { redis, consume } = await replica(t, `redis://127.0.0.1:${proxy.port}`);
    const stored = async () => Number(await redis.call('GET', 'plinth:limit:default:far'));
    await consume('far');
    const firstUs = await stored();
    for (let i = 0; i < 20; i += 1) {
      // Sooner and later: what is in transit must not add up.
      proxy.delayMs = i % 2 === 0 ? 15 : 0;
      await consume('far');
    }
    assert.equal(await stored(), firstUs + 20 * intervalUs);
  });

  it('charge nothing for hammering on after a refusal', async (t) => {
    const { redis, burst } = await replica(t);
    await burst('hammered', quota);
    const firstUs = Number(await redis.call('GET', 'plinth:limit:default:hammered'));
    for (let i = 0; i < 10; i += 1) assert.equal(await burst('hammered', 20), 0);
    assert.equal(Number(await redis.call('GET', 'plinth:limit:default:hammered')), firstUs);
  });

  it('need no more rights in Redis than docs/rate-limits.md says', async (t) => {
    const rights = /needs (.+) on the keys `(.+)`/.exec(readFileSync('docs/rate-limits.md', 'utf8'));
    const commands = [...(rights?.[1]?.matchAll(/`(.+?)`/g) ?? [])].map(
      ([, name]) => `+${name?.toLowerCase()}`,
    );
    assert.equal(commands.length, 6);
    await server.call('ACL', 'SETUSER', 'limited', 'on', '>secret', `~${rights?.[2]}`, ...commands);
    const { burst, states } = await replica(t, server.url.replace('//', '//limited:secret@'));
    assert.equal(await burst('limited', 101), quota);
    assert.deepEqual(
      states.told.map((state) => state.status),
      ['up'],
    );
  });

  for (const [what, begin, end] of [
    ['hangs', () => server.pause(), () => server.resume()],
    ['is killed', () => server.kill(), () => server.start()],
  ] as const) {
    it(`keep the limit when Redis ${what} for seconds under load, and nobody waits twice`, async (t) => {
      const timeoutMs = 250;
      const { redis, states, burst, limit } = await replica(t, server.url, timeoutMs);
      const slow = { before: 0, during: 0 };
      const timed = async (key: string, count: number, phase: keyof typeof slow) => {
        const sinceMs = performance.now();
        const allowed = await burst(key, count);
        if (performance.now() - sinceMs > timeoutMs / 2) slow[phase] += 1;
        return allowed;
      };
      const key = `under load, ${what}`;
      const down = states.next('down');
      const first = burst(key, 30);
      const inFlight = [timed(key, 30, 'before')];
      const begun = begin();
      inFlight.push(timed(key, 20, 'before'));
      let allowed = await first;
      for (const burst of inFlight) allowed += await burst;
      await begun;
      await down;
      for (let i = 0; i < 100; i += 1) {
        allowed += await timed(key, 5, 'during');
        await wait(30);
      }
      assert.ok(allowed >= quota && allowed <= quota + 1, `${allowed} of ${quota} allowed`);
      assert.ok(slow.during <= 2, `${slow.during} bursts waited although Redis was known to be down`);
      assert.equal(limit.state().counts, 'process');

      const up = states.next('up');
      const sinceMs = performance.now();
      await end();
      await up;
      assert.ok(performance.now() - sinceMs < 5_000);
      assert.equal(await burst(key, 20), 0);
      assert.deepEqual(
        states.told.map((state) => state.status),
        ['up', 'down', 'up'],
      );
      assert.equal(limit.state().counts, 'redis');
      assert.equal(redis.state().changes, 3);
    });
  }
});
