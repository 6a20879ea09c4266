import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createRedis, type Redis } from '#platform/redis/redis.ts';
import { createSharedCache } from '#services/response-cache/shared-cache.ts';
import { redisServer, type RedisServer } from '../../support/redis-server.ts';

const answer = { json: '{"data":[{"title":"a\\nb"}]}', note: '"next"' };
const minuteMs = 60_000;

describe('answers in Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let nowMs = 0;
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
  beforeEach(async () => {
    nowMs = 1_800_000_000_000;
    await redis.call('FLUSHALL');
  });

  const sharedBy = (secret = 'secret', scope = 'definitions') =>
    createSharedCache({
      redis,
      key: Buffer.from(secret),
      scope: () => scope,
      clock: { now: () => new Date(nowMs) },
    });
  /** Commands go out in order: one that is answered later was carried out later. */
  async function keep(ttlMs = minuteMs): Promise<void> {
    sharedBy().keep('a question', 'stamp', answer, ttlMs);
    await redis.call('PING');
  }
  const place = async () => String(((await redis.call('KEYS', 'plinth:cache:*')) as string[])[0]);

  it('are found by every replica, with the time that they may still be used', async () => {
    await keep();
    nowMs += 20_000;
    const found = await sharedBy().find('a question', 'stamp', minuteMs);
    assert.equal(found?.json, answer.json);
    assert.equal(found.note, answer.note);
    assert.equal(found.remainingMs, 40_000);
    assert.equal(await sharedBy().find('another', 'stamp', minuteMs), undefined);
  });

  it('are gone from Redis by themselves', async () => {
    await keep(1_500);
    const ttlMs = Number(await redis.call('PTTL', await place()));
    assert.ok(ttlMs > 1_000 && ttlMs <= 1_500, `${ttlMs}`);
    const found = await sharedBy().find('a question', 'stamp', minuteMs);
    assert.ok(found && found.remainingMs <= 1_500, 'the clock of Redis counts as well');
  });

  it('are not used when they are too old by the clock, or come from the future: one of the clocks was set', async () => {
    await keep();
    for (const stepMs of [minuteMs, 3_600_000, -1]) {
      nowMs += stepMs;
      assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined, `${stepMs}`);
      nowMs -= stepMs;
    }
    assert.ok(await sharedBy().find('a question', 'stamp', minuteMs));
  });

  it('are not shared with who has another secret or other definitions', async () => {
    await keep();
    assert.equal(await sharedBy('another secret').find('a question', 'stamp', minuteMs), undefined);
    assert.equal(
      await sharedBy('secret', 'other definitions').find('a question', 'stamp', minuteMs),
      undefined,
    );
  });

  it('are believed only as they were written', async () => {
    await keep();
    const [where, text] = [await place(), String(await redis.call('GET', await place()))];
    const wrong = [
      text.replace('title', 'titel'),
      text.slice(1),
      text.slice(0, -1),
      '',
      '\n\n\n',
      `${text} `,
    ];
    for (const value of wrong) {
      await redis.call('SET', where, value, 'PX', minuteMs);
      assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined, JSON.stringify(value));
    }
    await redis.call('SET', where, text);
    assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined, 'ours end some time');
    await redis.call('SET', where, text, 'PX', minuteMs);
    assert.ok(await sharedBy().find('a question', 'stamp', minuteMs));
    sharedBy().keep('another', 'stamp', { ...answer, note: '"other"' }, minuteMs);
    await redis.call('PING');
    const all = (await redis.call('KEYS', 'plinth:cache:*')) as string[];
    const other = String(all.find((one) => one !== where));
    await redis.call('SET', where, String(await redis.call('GET', other)), 'PX', minuteMs);
    assert.equal(
      await sharedBy().find('a question', 'stamp', minuteMs),
      undefined,
      'the answer to another question',
    );
    await redis.call('DEL', where);
    assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined);
    sharedBy().keep('a question', 'another stamp', answer, minuteMs);
    await redis.call('PING');
    assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined, 'made before or after');
    const later = String(await redis.call('GET', where));
    const mixed = text.slice(0, text.indexOf('\n')) + later.slice(later.indexOf('\n'));
    await redis.call('SET', where, mixed, 'PX', minuteMs);
    assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined, 'for another stamp');
    await redis.call('DEL', where);
    await redis.call('LPUSH', where, text);
    assert.equal(await sharedBy().find('a question', 'stamp', minuteMs), undefined, 'a list');
  });

  it('that are very large are not kept', async () => {
    sharedBy().keep('large', 'stamp', { json: 'x'.repeat(1024 * 1024), note: '""' }, minuteMs);
    await redis.call('PING');
    assert.deepEqual(await redis.call('KEYS', 'plinth:cache:*'), []);
  });
});
