import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { startApp, type Received, type SignedUp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

const open = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };
const many = 50;

const definitions: readonly CollectionDefinition[] = [
  {
    name: 'notes',
    properties: {
      title: { type: 'string', maxLength: 100 },
      parent: { reference: 'notes' },
      ...Object.fromEntries(Array.from({ length: many }, (_, index) => [`p${index}`, { type: 'integer' }])),
    },
    rules: open,
  },
  {
    name: 'guarded',
    properties: { title: { type: 'string' } },
    required: ['title'],
    requireIfMatch: true,
    rules: { ...open, update: 'user != null' },
  },
  {
    name: 'diaries',
    properties: { text: { type: 'string' }, owner: { reference: 'users', default: '$user', readOnly: true } },
    rules: {
      read: 'record.owner == user.id',
      create: 'user != null',
      update: 'record.owner == user.id',
      delete: 'record.owner == user.id',
    },
  },
];

function assertRefused(answer: Received, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
}

eachDatabase((database) => {
  let app: TestApp;
  let ada: SignedUp;
  let bob: SignedUp;
  before(async () => {
    const settings = { RATE_LIMIT: 'off' };
    app = await startApp({ database: await database.createUrl(), collections: definitions, settings });
    ada = await app.signUp();
    bob = await app.signUp();
  });

  const when = (name: string, tags: string) => ({ [name]: tags });
  async function create(collection: string, body: object, token?: string): Promise<string> {
    const answer = await app.send('POST', `/v1/${collection}`, { body, ...(token && { token }) });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(answer.headers.etag, '"1"');
    return `/v1/${collection}/${String(answer.body.id)}`;
  }

  test('If-Match lets a change through that was made for the version that is stored', async () => {
    const path = await create('notes', { title: 'a' });
    const patch = (tags: string) =>
      app.send('PATCH', path, { body: { title: 'b' }, headers: when('if-match', tags) });
    assert.equal((await patch('"1"')).headers.etag, '"2"');
    assert.equal((await patch('"1", "2" ,W/"9"')).headers.etag, '"3"');
    assert.equal((await patch('*')).headers.etag, '"4"');
    for (const tags of ['"1"', 'W/"4"', '"04"', '"4 "', '"x","y,z"']) {
      const refused = await patch(tags);
      if (tags === '"4 "') assertRefused(refused, 400, 'malformed_request');
      else assertRefused(refused, 412, 'precondition_failed');
    }
    const put = { body: { title: 'c' }, headers: when('if-match', '"3"') };
    assertRefused(await app.send('PUT', path, put), 412, 'precondition_failed');
    assertRefused(
      await app.send('DELETE', path, { headers: when('if-match', '"3"') }),
      412,
      'precondition_failed',
    );
    assert.deepEqual((await app.send('GET', path)).body.title, 'b');
    assert.equal((await app.send('DELETE', path, { headers: when('if-match', '"4"') })).status, 204);
  });

  test('what is no list of entity tags is refused and changes nothing', async () => {
    const path = await create('notes', { title: 'a' });
    for (const tags of ['1', '"1', '', '"1" "2"', '*, "1"', 'w/"1"', ',']) {
      for (const name of ['if-match', 'if-none-match']) {
        const answer = await app.send('PATCH', path, { body: { title: 'b' }, headers: when(name, tags) });
        assertRefused(answer, 400, 'malformed_request');
        assert.match(String(answer.body.detail), /If-(None-)?Match/);
      }
    }
    assert.equal((await app.send('GET', path)).body.version, 1);
  });

  test('a record that is not there for the caller is not there before any condition is looked at', async () => {
    const diary = await create('diaries', { text: 'mine' }, ada.token);
    for (const tags of ['"1"', '"2"', '*']) {
      const sent = { token: bob.token, body: { text: 'x' }, headers: when('if-match', tags) };
      assertRefused(await app.send('PATCH', diary, sent), 404, 'not_found');
      const unseen = await app.send('PUT', diary, sent);
      const missing = await app.send('PUT', `/v1/diaries/${randomUUID()}`, sent);
      assertRefused(unseen, 412, 'precondition_failed');
      assertRefused(missing, 412, 'precondition_failed');
    }
    const guarded = await create('guarded', { title: 'a' });
    const anonymous = { body: { title: 'b' }, headers: when('if-match', '"9"') };
    assertRefused(await app.send('PATCH', guarded, anonymous), 401, 'unauthenticated');
  });

  test('a condition is looked at before the body', async () => {
    const path = await create('notes', { title: 'a' });
    const sent = { body: { title: 7 }, headers: when('if-match', '"9"') };
    assertRefused(await app.send('PATCH', path, sent), 412, 'precondition_failed');
  });

  test('If-None-Match: * on PUT creates and never replaces, also of 20 at once', async () => {
    const path = `/v1/notes/${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        app.send('PUT', path, { body: { title: `${index}` }, headers: when('if-none-match', '*') }),
      ),
    );
    const created = answers.filter(({ status }) => status === 201);
    assert.equal(created.length, 1, answers.map(({ status }) => status).join());
    for (const each of answers) if (each !== created[0]) assertRefused(each, 412, 'precondition_failed');
    assert.equal((await app.send('GET', path)).body.title, created[0]?.body.title);
  });

  test('If-None-Match on GET answers 304 with the headers of the 200 and no body', async () => {
    const path = await create('notes', { title: 'a' });
    const get = (target: string, tags: string, method = 'GET') =>
      app.send(method, target, { headers: when('if-none-match', tags) });
    for (const tags of ['"1"', 'W/"1"', '*', '"5", "1"']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await get(path, tags, method);
        assert.deepEqual([answer.status, answer.body], [304, undefined]);
        assert.equal(answer.headers.etag, '"1"');
        assert.equal(answer.headers['cache-control'], 'private, no-cache');
      }
    }
    assert.equal((await get(path, '"2"')).status, 200);
    assert.equal((await get(`${path}?fields=title`, '"1"')).status, 304);
    assert.equal((await get(`${path}?expand=parent`, '"1"')).status, 200);
    const patched = await app.send('PATCH', path, { body: { title: 'b' } });
    assert.equal(patched.headers.etag, '"2"');
    assert.equal((await get(path, '"1"')).body.title, 'b');
    assertRefused(
      await app.send('GET', path, { headers: when('if-match', '"1"') }),
      412,
      'precondition_failed',
    );
    const diary = await create('diaries', { text: 'mine' }, ada.token);
    const peek = { token: bob.token, headers: when('if-none-match', '"1"') };
    assertRefused(await app.send('GET', diary, peek), 404, 'not_found');
  });

  test('a collection with requireIfMatch answers 428 without it, to admins too', async () => {
    const admin = await app.signUpAdmin();
    const path = await create('guarded', { title: 'a' });
    for (const { token } of [ada, admin]) {
      assertRefused(await app.send('PATCH', path, { token, body: {} }), 428, 'precondition_required');
      assertRefused(
        await app.send('PUT', path, { token, body: { title: 'b' } }),
        428,
        'precondition_required',
      );
      assertRefused(await app.send('DELETE', path, { token }), 428, 'precondition_required');
    }
    const patch = { token: ada.token, body: { title: 'b' }, headers: when('if-match', '"1"') };
    assert.equal((await app.send('PATCH', path, patch)).status, 200);
    const fresh = { token: ada.token, body: { title: 'new' } };
    assert.equal((await app.send('PUT', `/v1/guarded/${randomUUID()}`, fresh)).status, 201);
    assert.equal((await app.send('DELETE', path, { headers: when('if-match', '*') })).status, 204);
  });

  test('operations of a batch have conditions of their own', async () => {
    const path = await create('notes', { title: 'a' });
    const batch = (...operations: object[]) => app.send('POST', '/batch', { body: { operations } });
    const change = (headers: object, title = 'b') => ({ method: 'PATCH', path, body: { title }, headers });
    const done = await batch(
      { method: 'GET', path, headers: { 'If-None-Match': '"1"' } },
      change({ 'If-Match': '"1"' }),
      { method: 'GET', path, headers: { 'if-none-match': '"1"' } },
    );
    assert.equal(done.status, 200, JSON.stringify(done.body));
    const results = done.body.results as { status: number; headers: { ETag: string }; body: unknown }[];
    assert.deepEqual(
      results.map(({ status }) => status),
      [304, 200, 200],
    );
    assert.deepEqual([results[0]?.body, results[0]?.headers.ETag], [null, '"1"']);
    const late = await batch(
      { method: 'POST', path: '/v1/notes', body: {} },
      change({ 'If-Match': '"1"' }, 'c'),
    );
    assertRefused(late, 412, 'precondition_failed');
    assert.equal(late.body.operation, 1);
    const guarded = await create('guarded', { title: 'a' });
    const bare = { operations: [{ method: 'DELETE', path: guarded }] };
    assertRefused(await app.send('POST', '/batch', { body: bare }), 428, 'precondition_required');
    const broken = await batch(change({ 'If-Match': '2', 'Idempotency-Key': 'k' }));
    assertRefused(broken, 422, 'validation_failed');
    assert.deepEqual(
      (broken.body.errors as { pointer: string }[]).map(({ pointer }) => pointer),
      ['/operations/0/headers/If-Match', '/operations/0/headers/Idempotency-Key'],
    );
    assert.equal((await app.send('GET', path)).body.title, 'b');
  });

  test(`of ${many} writers with the same If-Match one succeeds`, async () => {
    const path = await create('notes', { title: 'start' });
    for (const version of [1, 2, 3]) {
      const answers = await Promise.all(
        Array.from({ length: many }, (_, index) =>
          app.send('PATCH', path, { body: { title: `${index}` }, headers: when('if-match', `"${version}"`) }),
        ),
      );
      const good = answers.filter(({ status }) => status === 200);
      assert.equal(good.length, 1);
      for (const each of answers) if (each !== good[0]) assertRefused(each, 412, 'precondition_failed');
      const stored = (await app.send('GET', path)).body;
      assert.deepEqual([stored.version, stored.title], [version + 1, good[0]?.body.title]);
    }
  });

  test(`of ${many} patches of other properties at once none is lost`, async () => {
    const path = await create('notes', { title: 'start' });
    const answers = await Promise.all(
      Array.from({ length: many }, (_, index) => app.send('PATCH', path, { body: { [`p${index}`]: index } })),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    const stored = (await app.send('GET', path)).body;
    assert.equal(stored.version, many + 1);
    for (let index = 0; index < many; index++) assert.equal(stored[`p${index}`], index);
  });
});
