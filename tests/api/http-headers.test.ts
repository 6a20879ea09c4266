import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Problem } from '#domain/errors/problem.ts';
import type { AuthService } from '#services/auth/index.ts';
import { assertProblem } from '../support/problems.ts';
import { standInAuth, standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

const json = { 'content-type': 'application/json' };

test('a well-formed X-Request-Id is kept, any other is replaced', async () => {
  const server = standInServer();
  const idFor = async (sent: string | undefined) =>
    (await server.inject({ url: '/v1/tasks', headers: sent === undefined ? {} : { 'x-request-id': sent } }))
      .headers['x-request-id'];
  for (const good of ['a', 'req_1.2-3', 'x'.repeat(128), '01a2/b:c=d@e+f~g'])
    assert.equal(await idFor(good), good);
  for (const bad of [undefined, '', 'x'.repeat(129), 'a b', 'a"b', '<script>', 'ä', 'a,b', '{}', 'a\tb']) {
    const made = await idFor(bad);
    assert.notEqual(made, bad);
    assert.match(String(made), /^[\w-]{10,40}$/);
  }
  assert.notEqual(await idFor(undefined), await idFor(undefined));
});

test('every answer of the API carries the headers that keep browsers from misusing it', async () => {
  const server = standInServer();
  for (const url of ['/v1/tasks', '/v1/nothing', '/nothing', '/health/live', '/v1/%ff']) {
    const { headers } = await server.inject(url);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'");
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['x-powered-by'], undefined);
    assert.equal(headers.server, undefined);
    assert.equal(headers['strict-transport-security'], undefined);
  }
});

test('browsers are bound to HTTPS where the public address is HTTPS', async () => {
  const server = standInServer({ settings: { publicUrl: 'https://api.example.org' } });
  assert.equal((await server.inject('/')).headers['strict-transport-security'], 'max-age=31536000');
});

test('pages may run no script, and do not ask browsers for HTTPS that is not there', async () => {
  const server = standInServer();
  for (const url of ['/', '/errors/not_found', '/docs']) {
    const policy = String((await server.inject(url)).headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /script-src[^;]*unsafe|upgrade-insecure-requests|https?:/);
  }
});

test('answers say how they may be kept', async () => {
  const server = standInServer();
  const caching = async (url: string) => (await server.inject(url)).headers['cache-control'];
  assert.equal(await caching('/v1/tasks'), 'private, no-cache');
  assert.equal(await caching('/v1/tasks/1'), 'private, no-cache');
  assert.equal(await caching('/auth/me'), 'no-store');
  assert.equal(await caching('/health/live'), 'no-store');
  assert.equal(await caching('/v1/nothing'), 'no-store');
});

test('a record comes with its version as ETag, a new one with its address', async () => {
  const server = standInServer();
  const read = await server.inject('/v1/tasks/1');
  assert.equal(read.headers.etag, '"3"');
  const created = await server.inject({ method: 'POST', url: '/v1/tasks', headers: json, payload: '{}' });
  assert.equal(created.statusCode, 201);
  assert.equal(created.headers.etag, '"1"');
  assert.equal(created.headers.location, `/v1/tasks/${created.json().id}`);
  const put = await server.inject({ method: 'PUT', url: '/v1/tasks/7', headers: json, payload: '{}' });
  assert.equal(put.statusCode, 201);
  assert.equal(put.headers.location, created.headers.location);
});

test('PUT that replaces is 200 and has no Location', async () => {
  const replace = async () => ({ record: { id: '7' }, id: '7', version: 2, created: false });
  const server = standInServer({ records: standInRecords({ replace }) });
  const answer = await server.inject({ method: 'PUT', url: '/v1/tasks/7', headers: json, payload: '{}' });
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers.location, undefined);
});

describe('the next page', () => {
  const list = async () => ({ data: [], page: { limit: 20, next: 'n+/=x' } });

  test('is linked with the same query and the next cursor', async () => {
    const server = standInServer({ records: standInRecords({ list }) });
    const { headers } = await server.inject(
      '/v1/tasks?filter=title+==+"a%26b"&limit=5&%63ursor=old&q=%C3%A4',
    );
    const [, target = '', relation] = /^<([^>]*)>; (.*)$/.exec(String(headers.link)) ?? [];
    assert.equal(relation, 'rel="next"');
    const url = new URL(target, 'http://localhost');
    assert.equal(url.pathname, '/v1/tasks');
    assert.deepEqual(
      [...url.searchParams],
      [
        ['filter', 'title == "a&b"'],
        ['limit', '5'],
        ['cursor', 'n+/=x'],
        ['q', 'ä'],
      ],
    );
  });

  test('is linked under the public address', async () => {
    const server = standInServer({
      records: standInRecords({ list }),
      settings: { publicUrl: 'https://a.org/api' },
    });
    const { headers } = await server.inject('/v1/users');
    assert.match(String(headers.link), /^<https:\/\/a\.org\/api\/v1\/users\?cursor=/);
  });

  test('is not linked where there is none', async () => {
    assert.equal((await standInServer().inject('/v1/tasks')).headers.link, undefined);
  });
});

test('a plus in a query is a space', async () => {
  const answer = await standInServer().inject('/v1/tasks?filter=a+%2B+b&q=&fields&&x=%20');
  assert.deepEqual(answer.json().data[0].query, { filter: 'a + b', q: '', fields: '', x: ' ' });
});

test('HEAD is GET without the body', async () => {
  const server = standInServer();
  for (const url of [
    '/v1/tasks',
    '/v1/tasks/1',
    '/v1/nothing',
    '/',
    '/health/ready',
    '/openapi.json',
    '/docs',
    '/auth/me',
  ]) {
    const headers = { authorization: 'Bearer good' };
    const get = await server.inject({ url, headers });
    const head = await server.inject({ method: 'HEAD', url, headers });
    assert.equal(head.statusCode, get.statusCode);
    assert.equal(head.body, '');
    // The request id is in the body of a problem too: its length may differ by a digit of the count.
    if (get.statusCode === 200)
      assert.equal(head.headers['content-length'], get.headers['content-length'], url);
    assert.equal(head.headers['content-type'], get.headers['content-type']);
    assert.equal(head.headers.etag, get.headers.etag);
  }
});

test('OPTIONS of what is not there is 404', async () => {
  const server = standInServer();
  for (const url of ['/nothing', '/v1/', '/v1/tasks/', '/errors/', '/docs/', '//']) {
    assertProblem(await server.inject({ method: 'OPTIONS', url }), 'not_found');
  }
});

test('OPTIONS lists methods and patch formats', async () => {
  const server = standInServer();
  const answer = await server.inject({ method: 'OPTIONS', url: '/v1/tasks/1' });
  assert.equal(answer.statusCode, 204);
  assert.equal(answer.body, '');
  assert.equal(answer.headers.allow, 'GET, HEAD, PATCH, PUT, DELETE, OPTIONS');
  assert.equal(answer.headers['accept-patch'], 'application/json, application/merge-patch+json');
  const list = await server.inject({ method: 'OPTIONS', url: '/v1/users?x=1' });
  assert.equal(list.headers.allow, 'GET, HEAD, OPTIONS');
  assert.equal(list.headers['accept-patch'], undefined);
});

describe('the address of a client', () => {
  async function addressSeen(
    trustedProxies: readonly string[],
    forwarded: string,
  ): Promise<string | undefined> {
    let seen: string | undefined;
    const auth: AuthService = {
      ...standInAuth,
      async login(_body, from) {
        seen = from.address;
        throw new Problem('invalid_credentials');
      },
    };
    const server = standInServer({ auth, settings: { trustedProxies } });
    await server.inject({
      method: 'POST',
      url: '/auth/login',
      headers: { ...json, 'x-forwarded-for': forwarded },
      payload: '{}',
      remoteAddress: '10.0.0.7',
    });
    return seen;
  }

  test('is the connection when no proxy is trusted', async () => {
    assert.equal(await addressSeen([], '203.0.113.9'), '10.0.0.7');
    assert.equal(await addressSeen(['192.168.0.0/16'], '203.0.113.9'), '10.0.0.7');
  });

  test('is what the nearest trusted proxy saw, not what the client claims', async () => {
    assert.equal(await addressSeen(['10.0.0.0/8'], '203.0.113.9'), '203.0.113.9');
    assert.equal(await addressSeen(['10.0.0.0/8'], '1.1.1.1, 203.0.113.9'), '203.0.113.9');
    assert.equal(await addressSeen(['10.0.0.7'], '1.1.1.1, 203.0.113.9, 10.0.0.3'), '10.0.0.3');
  });
});
