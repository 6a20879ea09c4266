import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../support/databases.ts';
import { servePlinth } from '../support/plinth/process.ts';
import { secret } from '../support/secret.ts';

const postgres = testDatabase('postgres');

test('three replicas started at the same moment on an empty database: one applies the schema, all serve', async () => {
  const environment = { DATABASE_URL: await postgres.createUrl(), AUTH_SECRET: secret };
  const replicas = await Promise.all([1, 2, 3].map(() => servePlinth({ environment })));
  const applied = replicas.filter(({ written }) => /schema: tasks: add collection/.test(written.stdout));
  assert.equal(applied.length, 1);

  // What one of them signs in, the others know; what one of them writes, the others read.
  const [first, ...others] = replicas.map(({ url }) => url) as [string, ...string[]];
  const send = (url: string, path: string, token: string, body?: object) =>
    fetch(url + path, {
      headers: {
        'content-type': 'application/json',
        ...(token !== '' && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
  const signedUp = await send(first, '/auth/register', '', {
    email: 'ann@example.org',
    password: 'correct horse',
  });
  const { accessToken } = (await signedUp.json()) as { accessToken: string };
  const created = await send(first, '/v1/tasks', accessToken, { title: 'Shared' });
  const { id } = (await created.json()) as { id: string };
  for (const url of others) {
    const read = await send(url, `/v1/tasks/${id}`, accessToken);
    assert.equal(read.status, 200);
    assert.equal(((await read.json()) as { title: string }).title, 'Shared');
  }
  for (const replica of replicas) assert.equal((await replica.stop()).code, 0);
});

test('replicas whose clocks are minutes apart agree on tokens, sessions and the reuse of refresh tokens', async () => {
  const url = await postgres.createUrl();
  /** A process whose machine has another time. */
  const replicaAt = (skewMs: number) => {
    const program = `const { now } = Date;
      Date.now = () => now() + ${skewMs};
      globalThis.Date = new Proxy(Date, { construct: (T, given) => given.length ? new T(...given) : new T(T.now()) });`;
    const skewed = `--import "data:text/javascript,${encodeURIComponent(program)}"`;
    return servePlinth({
      environment: {
        DATABASE_URL: url,
        AUTH_SECRET: secret,
        ACCESS_TOKEN_TTL: '1m',
        RATE_LIMIT: 'off',
        ...(skewMs !== 0 && { NODE_OPTIONS: skewed }),
      },
    });
  };
  const [here, behind, ahead] = [await replicaAt(0), await replicaAt(-120_000), await replicaAt(120_000)];
  const send = async (to: { url: string }, path: string, body?: object, token = '') => {
    const answer = await fetch(to.url + path, {
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, string> };
  };
  const all = [here, behind, ahead];
  for (const [index, at] of all.entries()) {
    const person = { email: `ann-${index}@example.org`, password: 'correct horse' };
    let { refreshToken } = (await send(at, '/auth/register', person)).body;
    for (const to of all) {
      const first = await send(to, '/auth/refresh', { refreshToken });
      assert.equal(first.status, 200);
      for (const other of all) {
        const again = await send(other, '/auth/refresh', { refreshToken });
        assert.deepEqual([again.status, again.body.refreshToken], [200, first.body.refreshToken]);
        assert.equal((await send(other, '/auth/me', undefined, first.body.accessToken)).status, 200);
      }
      refreshToken = first.body.refreshToken;
    }
    const { body: created } = await send(at, '/v1/tasks', { title: 'x' }, (await send(here, '/auth/login', person)).body.accessToken); // prettier-ignore
    assert.ok(Math.abs(Date.parse(String(created.createdAt)) - Date.now()) < 20_000, 'times of records too');
  }
  await Promise.all(all.map((replica) => replica.stop()));
});
