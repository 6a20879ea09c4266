import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createRedis, type Redis } from '#platform/redis/redis.ts';
import { redisServer, type RedisServer } from '../../support/redis-server.ts';
import { redisStates } from '../../support/redis-states.ts';
import { tcpProxy } from '../../support/tcp-proxy.ts';

const timeoutMs = 250;

describe('the guard around Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let states: ReturnType<typeof redisStates>;

  function guard(url: string, options = { timeoutMs }): Redis {
    states = redisStates();
    redis = createRedis({ url, ...options, onStateChange: states.onStateChange });
    return redis;
  }

  const statuses = () => states.told.map((state) => state.status);

  beforeEach(async () => {
    server = await redisServer();
  });
  afterEach(async () => {
    redis?.stop();
    await server.remove();
  });

  it('is up after the start when the server is', async () => {
    await server.start();
    const state = await guard(server.url).start();
    assert.deepEqual(state, { status: 'up', reason: null, changes: 1 });
    assert.equal(await redis.call('SET', 'a', 1), 'OK');
    assert.equal(await redis.call('GET', 'a'), '1');
  });

  it('is down after the start when there is no server, says why, and comes up with it', async () => {
    const state = await guard(server.url).start();
    assert.deepEqual([state.status, state.changes], ['down', 1]);
    assert.match(state.reason ?? '', /ECONNREFUSED/);
    const up = states.next('up');
    await server.start();
    await up;
    assert.deepEqual(statuses(), ['down', 'up']);
  });

  it('has a verdict soon when the server accepts and does not answer', async () => {
    await server.start();
    server.pause();
    assert.equal((await guard(server.url).start()).status, 'down');
  });

  it('says what a wrong password is, and never the password', async () => {
    await server.start('--requirepass', 'right');
    const state = await guard(server.url.replace('//', '//:my-wrong-one@')).start();
    assert.equal(state.status, 'down');
    assert.match(state.reason ?? '', /WRONGPASS/);
    assert.doesNotMatch(state.reason ?? '', /my-wrong-one/);
  });

  it('is down while the server loads its data, says so, and is up right after', async () => {
    await server.start();
    await server.call('EVAL', `for i = 1, 20000 do redis.call('SET', 'a' .. i, i) end`, 0);
    await server.call('SAVE');
    await server.kill();
    await server.start('--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024');
    const state = await guard(server.url, { timeoutMs: 5_000 }).start();
    assert.deepEqual([state.status, /LOADING/.test(state.reason ?? '')], ['down', true], state.reason ?? '');
    const up = states.next('up');
    await server.call('CONFIG', 'SET', 'key-load-delay', 0);
    await up;
    assert.equal(await redis.call('GET', 'a7'), '7');
  });

  it('fails a command within the deadline when the server hangs, and the next ones at once', async () => {
    await server.start();
    await guard(server.url).start();
    const down = states.next('down');
    server.pause();
    await assert.rejects(redis.call('GET', 'a'), /no answer within 250 ms/);
    assert.equal((await down).reason, 'no answer within 250 ms');
    let answered = false;
    void redis.call('GET', 'a').catch(() => (answered = true));
    await Promise.resolve().then(() => undefined);
    assert.equal(answered, true);
    const up = states.next('up');
    server.resume();
    await up;
    assert.equal(await redis.call('GET', 'a'), null);
    assert.deepEqual(statuses(), ['up', 'down', 'up']);
  });

  it('tells of a change once when many commands fail together', async () => {
    await server.start();
    await guard(server.url).start();
    server.pause();
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => redis.call('INCR', 'a')));
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected'));
    assert.deepEqual(statuses(), ['up', 'down']);
  });

  it('never sends a command again that was lost with its connection, nor one that came while it was down', async () => {
    await server.start();
    await guard(server.url).start();
    server.pause();
    const lost = redis.call('INCR', 'lost').catch(() => 'failed');
    const down = states.next('down');
    await server.kill();
    await down;
    assert.equal(await lost, 'failed');
    await assert.rejects(redis.call('INCR', 'refused'), /Redis is down/);
    const up = states.next('up');
    await server.start();
    await up;
    assert.deepEqual(await redis.call('MGET', 'lost', 'refused'), [null, null]);
  });

  it('does not send a script again that the server does not know when it wakes up', async () => {
    await server.start();
    await guard(server.url).start();
    const count = redis.script({ lua: `return redis.call('INCR', 'count')`, parse: Number });
    server.pause();
    await assert.rejects(count([], []), /no answer/);
    const up = states.next('up');
    server.resume();
    await up;
    assert.equal(await redis.call('GET', 'count'), null);
    assert.equal(await count([], []), 1);
  });

  it('notices without a request that the server has gone', async () => {
    await server.start();
    await guard(server.url).start();
    const down = states.next('down');
    await server.shutDown();
    assert.match((await down).reason ?? '', /closed|ECONNRE/);
  });

  it('looks its server up again when that has become a replica', async (t) => {
    const successor = await redisServer();
    await Promise.all([server.start(), successor.start()]);
    const name = await tcpProxy(server.port);
    t.after(async () => {
      name.close();
      await successor.remove();
    });
    await guard(`redis://127.0.0.1:${name.port}`).start();
    const up = states.next('up');
    name.targetPort = successor.port;
    await server.call('REPLICAOF', '127.0.0.1', successor.port);
    await assert.rejects(redis.call('SET', 'a', 1), /READONLY/);
    await up;
    await redis.call('SET', 'a', 2);
    assert.equal(await successor.call('GET', 'a'), '2');
    assert.deepEqual(statuses(), ['up', 'down', 'up']);
  });

  it('takes a reply that its script never gives for a failure', async () => {
    await server.start();
    await guard(server.url).start();
    const parse = (reply: unknown): 'pong' => {
      if (reply !== 'pong') throw new Error('nonsense');
      return reply;
    };
    assert.equal(await redis.script({ lua: `return 'pong'`, parse })([], []), 'pong');
    await assert.rejects(redis.script({ lua: `return 'ping'`, parse })([], []), /nonsense/);
    assert.deepEqual(statuses(), ['up', 'down']);
  });

  it('may be stopped before the start, while it starts, and twice', async () => {
    guard(server.url).stop();
    redis.stop();
    guard(server.url);
    const starting = redis.start();
    redis.stop();
    assert.deepEqual(await starting, { status: 'down', reason: 'stopped', changes: 0 });
    assert.deepEqual(states.told, []);
  });

  it('tells nobody that it is down because it was stopped', async () => {
    await server.start();
    await guard(server.url).start();
    server.pause();
    const pending = redis.call('GET', 'a').catch((error: Error) => error.message);
    redis.stop();
    assert.ok(await pending);
    assert.deepEqual(statuses(), ['up']);
  });
});

describe('a server that does not speak like Redis', { concurrency: true }, () => {
  const nonsense = [
    ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'],
    ['says OK to everything', '+OK\r\n'.repeat(20)],
    ['answers numbers', ':1\r\n:2\r\n:3\r\n'],
    ['promises more than it sends', '$1000000\r\nabc'],
    ['promises more than there is memory', '$99999999999999\r\n'],
    ['nests without an end', '*1\r\n'.repeat(50_000)],
    ['answers empty lists', '*0\r\n'.repeat(20)],
    ['pushes messages nobody has asked for', '>3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['sends bytes at random', Buffer.from([0, 255, 13, 10, 36, 45, 42, 62, 37, 1, 2, 3])],
    ['hangs up', null],
  ] as const;

  for (const [what, answer] of nonsense) {
    it(`is down and harms nobody when it ${what}`, async (t) => {
      const sockets = new Set<Socket>();
      const impostor = createServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => undefined);
        if (answer === null) socket.destroy();
        else socket.on('data', () => socket.write(answer));
      });
      await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
      const { port } = impostor.address() as { port: number };
      const states = redisStates();
      const redis = createRedis({
        url: `redis://127.0.0.1:${port}`,
        timeoutMs: 100,
        onStateChange: states.onStateChange,
      });
      t.after(() => {
        redis.stop();
        for (const socket of sockets) socket.destroy();
        impostor.close();
      });
      const state = await redis.start();
      assert.equal(state.status, 'down');
      assert.ok(state.reason);
      await assert.rejects(redis.call('GET', 'a'), /Redis is down/);
      assert.equal(states.told.length, 1);
    });
  }
});

describe('the sources', () => {
  it('know ioredis in one folder only', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    assert.ok(files.length > 50);
    const knowing = files.filter((file) => readFileSync(`src/${file}`, 'utf8').includes(`'ioredis'`));
    assert.deepEqual([...new Set(knowing.map((file) => dirname(file)))], ['platform/redis']);
  });
});
