import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { createPlinth, type Plinth, type PlinthSettings } from '../../src/index.ts';
import type { GivenSettings } from '#config/index.ts';
import { eachDatabase } from '../support/databases.ts';
import { temporaryFolder } from '../support/plinth/process.ts';
import { secret } from '../support/secret.ts';
import { notes, send, signUp } from './notes.ts';

const opened: Plinth[] = [];
after(() => Promise.all(opened.map((plinth) => plinth.close())));

function open(settings: PlinthSettings = {}): Plinth {
  const plinth = createPlinth({
    collections: [notes],
    settings: { dataDir: join(temporaryFolder(), 'data'), ...settings },
  });
  opened.push(plinth);
  return plinth;
}

eachDatabase((database) => {
  test('a program serves its collections without a network, under their rules', async () => {
    const plinth = open({ databaseUrl: await database.createUrl(), authSecret: secret });
    const [ann, ben] = [await signUp(plinth, 'ann'), await signUp(plinth, 'ben')];
    const created = await send(plinth, 'POST', '/v1/notes', { token: ann, body: { text: 'Milk' } });
    assert.equal(created.status, 201);
    assert.equal(created.headers.get('etag'), '"1"');
    const { id } = created.body as { id: string };
    const list = async (token: string) => (await send(plinth, 'GET', '/v1/notes', { token })).body.data;
    assert.equal((await list(ann)).length, 1);
    assert.deepEqual(await list(ben), []);
    assert.equal((await send(plinth, 'DELETE', `/v1/notes/${id}`, { token: ben })).status, 404);
    const deleted = await send(plinth, 'DELETE', `/v1/notes/${id}`, { token: ann });
    assert.deepEqual([deleted.status, deleted.body], [204, undefined]);
  });
});

test('what is served over the network and without it is the same', async () => {
  const plinth = open();
  const { url, port } = await plinth.listen({ port: 0 });
  assert.equal(url, `http://127.0.0.1:${port}`);
  const token = await signUp(plinth, 'ann');
  await send(plinth, 'POST', '/v1/notes', { token, body: { text: 'Milk' } });
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'same' };
  for (const path of [
    '/v1/notes?sort=-createdAt',
    '/v1/notes/none',
    '/openapi.json',
    '/docs',
    '/nowhere',
    '//x',
  ]) {
    const request = new Request(`${url}${path}`, { headers });
    const [near, far] = await Promise.all([plinth.fetch(request), fetch(request)]);
    assert.equal(near.status, far.status, path);
    assert.equal(await near.text(), await far.text(), path);
    for (const name of ['content-type', 'etag', 'cache-control', 'vary', 'x-request-id']) {
      assert.equal(near.headers.get(name), far.headers.get(name), `${name} of ${path}`);
    }
  }
});

test('two instances in one process know nothing of each other', async () => {
  const [one, other] = [open(), open()];
  await Promise.all([one.listen({ port: 0 }), other.listen({ port: 0 })]);
  const token = await signUp(one, 'ann');
  assert.equal((await send(one, 'GET', '/auth/me', { token })).status, 200);
  assert.equal((await send(other, 'GET', '/auth/me', { token })).status, 401);
  await one.close();
  assert.equal((await send(other, 'GET', '/health/ready')).status, 200);
});

test('every setting but those of the program alone can be given, and nothing else', () => {
  type None<Names> = [Names] extends [never] ? 'none' : Names;
  const missing: None<Exclude<keyof GivenSettings, keyof PlinthSettings>> = 'none';
  const unknown: None<Exclude<keyof PlinthSettings, keyof GivenSettings>> = 'none';
  assert.deepEqual([missing, unknown], ['none', 'none']);
});

test('mistakes in settings and collections are all told before anything is opened', () => {
  const settings = { port: 1, bodyLimitBytes: '1mb', corsOrigins: ['x'], adminEmail: 'a@b' } as object;
  assert.throws(() => createPlinth({ collections: [], settings }), {
    message: [
      'settings.port is not a setting.',
      'settings.corsOrigins must be a list of origins such as https://app.example.org.',
      'settings.bodyLimitBytes must be a whole number of bytes from 1024 to 104857600.',
    ].join('\n'),
  });
  assert.throws(
    () => createPlinth({ collections: [], settings: { adminEmail: 'ann@example.org' } }),
    /set together/,
  );
  const databaseUrl = 'postgres://localhost/x';
  assert.throws(() => createPlinth({ collections: [], settings: { databaseUrl } }), /authSecret is required/);
  const collections = [
    notes,
    { name: 'odd', properties: { a: { type: 'date' } } },
    { name: 'even' },
    new Date(),
  ];
  assert.throws(
    () => createPlinth({ collections: collections as never }),
    /The collections are not valid\.\ncollections\[3\]: the definition is not JSON$/,
  );
  assert.throws(
    () => createPlinth({ collections: collections.slice(0, 3) as never }),
    /collections\[1\] \/properties\/a\/type: .*\ncollections\[2\]: needs "properties"$/,
  );
});

describe('the life of an instance', () => {
  test('a start that failed is tried again by the next request', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    writeFileSync(dataDir, 'in the way');
    const plinth = open({ dataDir });
    await assert.rejects(send(plinth, 'GET', '/health/ready'), { code: 'EEXIST' });
    rmSync(dataDir);
    mkdirSync(dataDir);
    assert.equal((await send(plinth, 'GET', '/health/ready')).status, 200);
  });

  test('a port in use is told, and another one can be tried', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const plinth = open();
    const { port } = blocker.address() as AddressInfo;
    await assert.rejects(plinth.listen({ port }), { code: 'EADDRINUSE' });
    blocker.close();
    const { url } = await plinth.listen({ port: 0 });
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
  });

  test('closing finishes what is in flight, may be done twice, and is the end', async () => {
    const plinth = open();
    await send(plinth, 'GET', '/health/ready');
    const answering = signUp(plinth, 'ann');
    await Promise.all([plinth.close(), plinth.close()]);
    assert.equal(typeof (await answering), 'string');
    await plinth.close();
    await assert.rejects(send(plinth, 'GET', '/health/live'), { message: 'This Plinth has been closed' });
    await assert.rejects(plinth.listen({ port: 0 }), { message: 'This Plinth has been closed' });
  });

  test('closing what was never used is nothing', async () => {
    await open().close();
  });

  test('closing during the start waits for it', async () => {
    const plinth = open();
    const [listening, answering] = [plinth.listen({ port: 0 }), send(plinth, 'GET', '/health/live')];
    await plinth.close();
    assert.equal((await answering).status, 200);
    const { url } = await listening;
    await assert.rejects(fetch(`${url}/health/live`));
  });
});
