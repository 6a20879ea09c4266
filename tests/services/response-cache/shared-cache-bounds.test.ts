import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createRedis, type Redis } from '#platform/redis/redis.ts';
import { ResponseCache } from '#services/response-cache/cache.ts';
import { KnownGenerations } from '#services/response-cache/known-generations.ts';
import { createSharedCache } from '#services/response-cache/shared-cache.ts';
import { redisServer, type RedisServer } from '../../support/redis-server.ts';

const maxAgeMs = 60_000;

let server: RedisServer;
let redis: Redis;
before(async () => {
  server = await redisServer();
  await server.start();
  redis = createRedis({ url: server.url, timeoutMs: 5_000, onStateChange: () => undefined });
  await redis.start();
});
after(async () => {
  redis.stop();
  await server.remove();
});
beforeEach(() => redis.call('FLUSHALL'));

/** One replica over a database that the test keeps. */
function replica(database: { generation: string; title: string }) {
  let nowMs = 5_000;
  const freshness = new KnownGenerations({
    nowMs: () => nowMs,
    load: () => Promise.resolve(new Map([['notes', database.generation]])),
  });
  const answers = new ResponseCache({
    freshness,
    itemsMax: 100,
    nowMs: () => nowMs,
    shared: createSharedCache({
      redis,
      key: Buffer.from('secret'),
      scope: () => 'definitions',
      clock: { now: () => new Date(nowMs) },
    }),
  });
  return {
    freshness,
    /** Until the database has to be asked again. */
    passASecond: () => (nowMs += 1_000),
    async ask() {
      const load = () => Promise.resolve({ json: database.title, note: 'null' });
      const { json, status } = await answers.find({ key: 'all', collections: ['notes'], maxAgeMs, load });
      // Commands go out in order: what was kept is there after this.
      await redis.call('PING');
      return `${json} ${status}`;
    },
  };
}

const places = async () => (await redis.call('KEYS', 'plinth:cache:*')) as string[];

test('one question takes one place in Redis, however often its answer changes', async () => {
  const database = { generation: 'g0', title: 't0' };
  const [one, other] = [replica(database), replica(database)];
  for (const each of [one, other]) await each.ask();
  for (let change = 1; change <= 5; change++) {
    Object.assign(database, { generation: `g${change}`, title: `t${change}` });
    one.passASecond();
    other.passASecond();
    assert.equal(await one.ask(), `t${change} miss`);
    assert.equal(await other.ask(), `t${change} hit`, 'from Redis');
  }
  assert.equal((await places()).length, 1);
});

test('what nobody else could ask for does not go to Redis', async () => {
  const database = { generation: 'g', title: 't' };
  const one = replica(database);
  await one.ask();
  Object.assign(database, { generation: 'g0', title: 't0' });
  one.passASecond();
  assert.equal(await one.ask(), 't0 miss');
  const kept = await redis.call('GET', String((await places())[0]));
  Object.assign(database, { generation: 'g1', title: 't1' });
  one.freshness.changed(['notes']);
  assert.equal(await one.ask(), 't1 miss');
  assert.equal(await one.ask(), 't1 hit', 'from memory');
  assert.equal(await redis.call('GET', String((await places())[0])), kept);
  assert.equal((await places()).length, 1);
});
