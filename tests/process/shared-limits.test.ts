import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { testDatabase } from '../support/databases.ts';
import { startTraffic } from '../support/load/traffic.ts';
import { plinth, servePlinth, type ServingPlinth } from '../support/plinth/process.ts';
import { redisServer } from '../support/redis-server.ts';
import { secret } from '../support/secret.ts';

const postgres = testDatabase('postgres');
const anonymousQuota = 30;
/** The contract: counts are shared again so long after Redis is back. */
const backMsMax = 5_000;

interface Ready {
  readonly status: string;
  readonly parts: Readonly<Record<string, { readonly status: string }>>;
}

/** Load on all replicas until it is stopped: the statuses of all answers, and how long the slowest took. */
function startLoad(replicas: readonly ServingPlinth[], path: string, token: string) {
  const statuses = new Map<number | string, number>();
  let slowestMs = 0;
  const note = (status: number | string) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const clients = replicas
    .flatMap(({ url }) => [url, url])
    .map((url) => async () => {
      const sinceMs = performance.now();
      await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
        .then(async (answer) => note((await answer.text(), answer.status)))
        .catch((error: unknown) => note(String(error)));
      slowestMs = Math.max(slowestMs, performance.now() - sinceMs);
    });
  const traffic = startTraffic(clients);
  return {
    ...traffic,
    async stop() {
      await traffic.stop();
      return { statuses: Object.fromEntries(statuses), slowestMs };
    },
  };
}

async function register({ url }: ServingPlinth): Promise<string> {
  const answer = await fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ann@example.org', password: 'correct horse' }),
  });
  return ((await answer.json()) as { accessToken: string }).accessToken;
}

test('three replicas on PostgreSQL and Redis', async (t) => {
  const redis = await redisServer();
  t.after(() => redis.remove());
  await redis.start();
  const environment = {
    DATABASE_URL: await postgres.createUrl(),
    AUTH_SECRET: secret,
    REDIS_URL: redis.url,
    // Longer than a machine that is busy with other tests stands still: only what is done to Redis here is an outage.
    REDIS_TIMEOUT_MS: '1000',
    RATE_LIMIT: 'on',
    RATE_LIMIT_ANONYMOUS: `${anonymousQuota}/1h`,
    RATE_LIMIT_DEFAULT: '1000000/1m',
  };
  const replicas = await Promise.all([1, 2, 3].map(() => servePlinth({ environment })));
  const token = await register(replicas[0] as ServingPlinth);

  const ready = async ({ url }: ServingPlinth) => {
    const answer = await fetch(`${url}/health/ready`);
    assert.equal(answer.status, 200);
    return (await answer.json()) as Ready;
  };
  /** Settles when readiness says so of Redis; fails when that takes too long. */
  async function until(replica: ServingPlinth, status: string, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while ((await ready(replica)).parts.redis?.status !== status) {
      assert.ok(performance.now() < deadline, `Redis is not ${status} after ${timeoutMs} ms`);
      await delay(20);
    }
  }
  const told = ({ written }: ServingPlinth, sentence: string) => written.stdout.split(sentence).length - 1;
  const down = 'Redis does not answer: this process counts by itself';
  const up = 'Redis answers: replicas share their counts';

  await t.test('allow a caller the quota from all of them together', async () => {
    const answers = await Promise.all(
      replicas.flatMap(({ url }) => Array.from({ length: 20 }, () => fetch(`${url}/v1/tasks`))),
    );
    const statuses = answers.map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 200).length, anonymousQuota);
    assert.equal(statuses.filter((status) => status === 429).length, 60 - anonymousQuota);
    for (const replica of replicas) {
      assert.deepEqual((await ready(replica)).parts.rateLimit, { status: 'ok' });
    }
  });

  const outages = [
    // The first, while pauses are short: a Redis that answers, and cannot count, must not look as if it were back.
    {
      name: 'becomes a read-only replica',
      begin: () => redis.call('REPLICAOF', '127.0.0.1', 1),
      end: () => redis.call('REPLICAOF', 'NO', 'ONE'),
    },
    { name: 'hangs', begin: async () => redis.pause(), end: async () => redis.resume() },
    { name: 'is killed and comes back empty', begin: () => redis.kill(), end: () => redis.start() },
    {
      name: 'has no memory left',
      begin: () => redis.call('CONFIG', 'SET', 'maxmemory-policy', 'noeviction', 'maxmemory', 1),
      end: () => redis.call('CONFIG', 'SET', 'maxmemory', 0),
    },
  ];
  for (const [index, { name, begin, end }] of outages.entries()) {
    await t.test(
      `go on without a failed request when Redis ${name}, and share again when it is back`,
      async (t) => {
        // Each replica has heard from Redis that the quota is used up.
        if (index === 0) {
          const before = await Promise.all(replicas.map(({ url }) => fetch(`${url}/v1/tasks`)));
          assert.deepEqual(
            before.map(({ status }) => status),
            [429, 429, 429],
          );
        }
        const traffic = startLoad(replicas, '/v1/tasks?limit=1', token);
        t.after(() => traffic.stop());
        await traffic.answers(20);
        await begin();
        await Promise.all(replicas.map((replica) => until(replica, 'degraded', 3_000)));
        assert.deepEqual(await ready(replicas[0] as ServingPlinth), {
          status: 'degraded',
          parts: {
            database: { status: 'ok' },
            collections: { status: 'ok' },
            redis: { status: 'degraded' },
            rateLimit: { status: 'degraded' },
          },
        });
        const refused = await Promise.all(replicas.map(({ url }) => fetch(`${url}/v1/tasks`)));
        assert.ok(refused[0]?.status === 429 || index > 0, 'nobody gets a fresh quota');
        await traffic.answers(100);
        await end();
        await Promise.all(replicas.map((replica) => until(replica, 'ok', backMsMax)));
        const { statuses, slowestMs } = await traffic.stop();
        assert.deepEqual(Object.keys(statuses), ['200']);
        assert.ok(slowestMs < 2_500, `the slowest took ${slowestMs} ms`);
        for (const replica of replicas) {
          // The log is written in pieces.
          await replica.says(new RegExp(`(${up}[^]*){${index + 2}}`));
          assert.equal(told(replica, down), index + 1, 'each loss is told once');
          assert.equal(told(replica, up), index + 2, 'as is each return, and the start');
        }
      },
    );
  }

  await t.test('are looked at by plinth doctor, which names a Redis that does not answer', async () => {
    const well = await plinth(['doctor'], { environment: { REDIS_URL: redis.url } });
    assert.match(well.stdout, /ok +redis: it answers/);
    const wrong = await plinth(['doctor'], { environment: { REDIS_URL: 'redis://127.0.0.1:1' } });
    assert.match(wrong.stdout, /WRONG +redis: It cannot be used: .*ECONNREFUSED/);
    assert.equal(wrong.code, 1);
  });
});
