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
