import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execute, testDatabase } from '../support/databases.ts';
import { startPooler, type Pooler } from '../support/pgbouncer.ts';
import { plinth, servePlinth, type ServingPlinth } from '../support/plinth/process.ts';
import { secret } from '../support/secret.ts';

const postgres = testDatabase('postgres');

interface Listed {
  readonly data: readonly { readonly title: string; readonly createdAt: string }[];
}

describe('behind a pooler in transaction mode', () => {
  let directUrl: string;
  let pooler: Pooler;

  before(async () => {
    directUrl = await postgres.createUrl();
    // What a session would otherwise be given by the database.
    const name = new URL(directUrl).pathname.slice(1);
    await execute(directUrl, `ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`);
    await execute(directUrl, `ALTER DATABASE ${name} SET datestyle = 'German'`);
    pooler = await startPooler(directUrl, { size: 3 });
  });
  after(() => pooler.stop());

  const environmentFor = (url: string) => ({
    DATABASE_URL: url,
    AUTH_SECRET: secret,
    DATABASE_POOL_MAX: '6',
    DATABASE_STATEMENT_TIMEOUT_MS: '1000',
  });

  const send = async (url: string, token: string, path: string, body?: object) => {
    const answer = await fetch(url + path, {
      headers: {
        'content-type': 'application/json',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  /** Two replicas through the pooler, somebody signed in, and forty tasks: `Task 0` to `Task 39`. */
  async function startReplicas(environment: Record<string, string>) {
    const replicas = [await servePlinth({ environment }), await servePlinth({ environment })];
    const urls = replicas.map(({ url }) => url) as [string, string];
    const email = `ann-${process.hrtime.bigint()}@example.org`;
    const registered = await send(urls[0], '', '/auth/register', { email, password: 'correct horse' });
    assert.equal(registered.status, 201);
    const token = String(registered.body.accessToken);
    for (let number = 0; number < 40; number++) {
      const created = await send(urls[number % 2] as string, token, '/v1/tasks', {
        title: `Task ${number}`,
        priority: (number % 5) + 1,
      });
      assert.equal(created.status, 201);
    }
    return { replicas, urls, token };
  }

  const stopAll = (replicas: readonly ServingPlinth[]) => Promise.all(replicas.map((one) => one.stop()));

  test('two replicas give each question its own answer', async () => {
    const { replicas, urls, token } = await startReplicas(environmentFor(pooler.url));
    for (const url of urls) assert.equal((await fetch(`${url}/health/ready`)).status, 200);
    // The replicas come to know these statements in opposite order.
    const questions = Array.from({ length: 10 }, (_, index) => {
      const [number, priority] = [index * 4, ((index * 4) % 5) + 1];
      const filter = index % 2 === 0 ? `title == "Task ${number}"` : `priority == ${priority}`;
      const extra = ['', '&sort=-title', '&sort=priority', '&fields=title,createdAt', '&count=exact'][
        index % 5
      ];
      const right = (body: Listed) =>
        index % 2 === 0
          ? body.data.length === 1 && body.data[0]?.title === `Task ${number}`
          : body.data.length > 1 &&
            body.data.every(({ title }) => Number(title.slice(5)) % 5 === priority - 1);
      return { path: `/v1/tasks?filter=${encodeURIComponent(filter)}${extra}`, right };
    });
    const outcomes = { right: 0, wrong: 0, failed: 0 };
    const ask = async (url: string, order: typeof questions) => {
      for (const { path, right } of order) {
        const { status, body } = await send(url, token, path);
        if (status !== 200) outcomes.failed += 1;
        else if (right(body as unknown as Listed)) outcomes.right += 1;
        else outcomes.wrong += 1;
      }
    };
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        [0, 1, 2, 3].flatMap(() => [ask(urls[0], questions), ask(urls[1], questions.toReversed())]),
      );
    }
    assert.deepEqual(outcomes, { right: 400, wrong: 0, failed: 0 });
    await stopAll(replicas);
  });

  test('times are UTC and statements end at their time-out', async () => {
    const { replicas, urls, token } = await startReplicas(environmentFor(pooler.url));
    const listed = (await send(urls[0], token, '/v1/tasks?limit=1&sort=-id')).body as unknown as Listed;
    assert.ok(Math.abs(Date.parse(listed.data[0]?.createdAt ?? '') - Date.now()) < 60_000);

    const locking = execute(directUrl, 'BEGIN; LOCK TABLE tasks; SELECT pg_sleep(3); COMMIT');
    // Signal: the lock is held when PostgreSQL lists it.
    while ((await lockedTables(directUrl)) === 0);
    const startedAt = performance.now();
    const { status } = await send(urls[0], token, '/v1/tasks');
    assert.equal(status, 503);
    assert.ok(performance.now() - startedAt < 2_500);
    await locking;
    await stopAll(replicas);
  });

  test('one that drops startup parameters is told, too', async (t) => {
    const dropping = await startPooler(directUrl, {
      size: 2,
      ignoring:
        'statement_timeout,lock_timeout,idle_in_transaction_session_timeout,options,extra_float_digits',
    });
    t.after(() => dropping.stop());
    const { replicas } = await startReplicas(environmentFor(dropping.url));
    await stopAll(replicas);
  });

  test('doctor says so, and what it means; of a direct connection it says nothing', async () => {
    const behind = await plinth(['doctor'], { environment: environmentFor(pooler.url) });
    assert.match(behind.stdout, /ok\s+database: .*pooler.*are not prepared/s);
    const direct = await plinth(['doctor'], { environment: environmentFor(directUrl) });
    assert.doesNotMatch(direct.stdout, /pooler/);
    const told = await plinth(['doctor'], {
      environment: { ...environmentFor(directUrl), DATABASE_PREPARE: 'off' },
    });
    assert.match(told.stdout, /DATABASE_PREPARE=off/);
  });
});

async function lockedTables(url: string): Promise<number> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "SELECT 1 FROM pg_locks WHERE relation = 'tasks'::regclass AND mode = 'AccessExclusiveLock' AND granted",
    );
    return rows.length;
  } finally {
    await client.end();
  }
}
