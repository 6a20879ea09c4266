import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startApp, type Received, type Sent, type TestApp } from '../support/plinth/app.ts';

const quotas = {
  RATE_LIMIT: 'on',
  RATE_LIMIT_DEFAULT: '20/1h',
  RATE_LIMIT_ANONYMOUS: '4/1h',
  RATE_LIMIT_AUTH: '1000/1h',
  TRUSTED_PROXIES: '127.0.0.1',
  CORS_ORIGINS: 'https://app.example.org',
};

let addresses = 0;
/** An address that nobody has used yet. */
const newAddress = () => `198.51.100.${(addresses += 1)}`;
const from = (address: string, more: Record<string, string> = {}) => ({
  headers: { 'x-forwarded-for': address, ...more },
});

function left(answer: Received): number {
  return Number(/;r=(\d+);/.exec(String(answer.headers.ratelimit))?.[1]);
}

describe('rate limits', () => {
  let app: TestApp;
  before(async () => {
    app = await startApp({ settings: quotas });
  });

  const send = (method: string, path: string, sent?: Sent) => app.send(method, path, sent);

  async function useUp(address: string): Promise<void> {
    for (let i = 0; i < 4; i += 1) assert.equal((await send('GET', '/v1/tasks', from(address))).status, 200);
    assert.equal((await send('GET', '/v1/tasks', from(address))).status, 429);
  }

  test('say how much is left, on answers and on problems', async () => {
    const sent = from(newAddress());
    const listed = await send('GET', '/v1/tasks', sent);
    assert.equal(listed.headers['ratelimit-policy'], '"anonymous";q=4;w=3600');
    assert.equal(listed.headers.ratelimit, '"anonymous";r=3;t=900');
    const missing = await send('GET', '/v1/nothing', sent);
    assert.equal(missing.status, 404);
    assert.equal(missing.headers.ratelimit, '"anonymous";r=2;t=1800');
    assert.equal(missing.headers['retry-after'], undefined);
  });

  test('refuse what is too much with a problem that says how long to wait', async () => {
    const address = newAddress();
    await useUp(address);
    const refused = await send('GET', '/v1/tasks', from(address));
    assert.equal(refused.status, 429);
    assert.equal(refused.body.code, 'rate_limited');
    assert.equal(refused.headers['content-type'], 'application/problem+json');
    assert.equal(refused.headers.ratelimit, '"anonymous";r=0;t=3600');
    assert.equal(refused.headers['ratelimit-policy'], '"anonymous";q=4;w=3600');
    const seconds = Number(refused.headers['retry-after']);
    assert.ok(seconds > 890 && seconds <= 900, String(seconds));
  });

  test('count users apart from each other and from their address', async () => {
    const [ann, bea] = [await app.signUp(), await app.signUp()];
    const address = newAddress();
    await useUp(address);
    const [first, second] = [
      await send('GET', '/v1/tasks', { token: ann.token, ...from(address) }),
      await send('GET', '/v1/tasks', { token: bea.token, ...from(address) }),
    ];
    assert.deepEqual([first.status, second.status], [200, 200]);
    assert.deepEqual(
      [first, second].map((one) => one.headers['ratelimit-policy']),
      ['"default";q=20;w=3600', '"default";q=20;w=3600'],
    );
    assert.deepEqual([left(first), left(second)], [19, 19]);
    // The same user from elsewhere is the same user.
    assert.equal(left(await send('GET', '/v1/tasks', { token: ann.token, ...from(newAddress()) })), 18);
  });

  const requests: readonly (readonly [string, string, Sent?])[] = [
    ['GET', '/v1/tasks?limit=1'],
    ['HEAD', '/v1/tasks'],
    ['GET', '/v1/tasks/'],
    ['GET', '/v1/Tasks'],
    ['GET', '/V1/tasks'],
    ['GET', '//v1/tasks'],
    ['GET', '/v1/%74asks'],
    ['GET', '/v1/tasks/019b0000-0000-7000-8000-000000000001'],
    ['GET', '/nothing'],
    ['GET', '/docs'],
    ['GET', '/openapi.json'],
    ['GET', '/errors/internal'],
    ['OPTIONS', '/v1/tasks'],
    ['DELETE', '/v1/tasks'],
    ['POST', '/v1/tasks', { body: {} }],
    ['POST', '/batch', { body: { operations: [{ method: 'GET', path: '/v1/tasks' }] } }],
    ['POST', '/health/live'],
    ['GET', '/v1/tasks', { token: 'bad.token.here' }],
    ['GET', '/v1/tasks', { headers: { authorization: 'Basic YTpi' } }],
    ['GET', '/v1/tasks', { headers: { accept: 'text/csv' } }],
    ['GET', '/v1/tasks', { headers: { 'user-agent': 'another', 'x-real-ip': '203.0.113.9' } }],
    ['GET', '/v1/tasks', { headers: { forwarded: 'for=203.0.113.9', 'x-client-ip': '203.0.113.9' } }],
  ];
  for (const [method, path, sent = {}] of requests) {
    const about = sent.headers ?? (sent.token ? { token: sent.token } : {});
    test(`give no fresh quota to ${method} ${path} ${JSON.stringify(about)}`, async () => {
      const address = newAddress();
      await useUp(address);
      const answer = await send(method, path, {
        ...sent,
        headers: { ...sent.headers, 'x-forwarded-for': address },
      });
      assert.equal(answer.status, 429);
      assert.match(String(answer.headers.ratelimit), /^"anonymous";r=0;/);
      assert.match(String(answer.headers['retry-after']), /^\d+$/);
    });
  }

  const refusals: readonly (readonly [number, string, string, Sent?])[] = [
    [404, 'GET', '/nothing'],
    [405, 'DELETE', '/v1/tasks'],
    [406, 'GET', '/v1/tasks', { headers: { accept: 'text/csv' } }],
    [401, 'GET', '/v1/tasks', { token: 'bad.token.here' }],
    [401, 'POST', '/v1/tasks', { body: { title: 'x' } }],
    [400, 'POST', '/v1/tasks', { headers: { 'content-type': 'application/json', 'content-length': '0' } }],
    [415, 'POST', '/v1/tasks', { body: {}, headers: { 'content-type': 'text/plain' } }],
    [415, 'POST', '/batch', { body: {}, headers: { 'content-type': 'text/plain' } }],
    [422, 'POST', '/batch', { body: { operations: [] } }],
    [414, 'GET', `/v1/tasks?q=${'a'.repeat(9000)}`],
  ];
  for (const [status, method, path, sent = {}] of refusals) {
    test(`count ${method} ${path.slice(0, 20)} that is refused with ${status}`, async () => {
      const address = newAddress();
      const headers = { ...sent.headers, 'x-forwarded-for': address };
      const refused = await send(method, path, { ...sent, headers });
      assert.equal(refused.status, status);
      assert.equal(left(refused), 3);
      assert.equal(left(await send('GET', '/v1/tasks', from(address))), 2);
    });
  }

  test('count an IPv6 household as one, and an IPv4 address in both spellings', async () => {
    const household = ['2001:db8:1:1::1', '2001:0DB8:0001:0001:ffff::2', '2001:db8:1:1:0:0:0:3'];
    for (const [index, address] of household.entries()) {
      assert.equal(left(await send('GET', '/v1/tasks', from(address))), 3 - index);
    }
    assert.equal(left(await send('GET', '/v1/tasks', from('2001:db8:1:2::1'))), 3);
    const address = newAddress();
    assert.equal(left(await send('GET', '/v1/tasks', from(address))), 3);
    assert.equal(left(await send('GET', '/v1/tasks', from(`::ffff:${address}`))), 2);
  });

  test('take the last address that is not a proxy, whatever a client writes before it', async () => {
    const address = newAddress();
    for (const [index, forged] of ['', '203.0.113.1, ', '203.0.113.2, unknown, '].entries()) {
      assert.equal(left(await send('GET', '/v1/tasks', from(`${forged}${address}`))), 3 - index);
    }
  });

  test('let health be asked, and do not count it', async () => {
    const address = newAddress();
    await useUp(address);
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await send('GET', path, from(address));
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.ratelimit, undefined);
    }
  });

  test("answer a browser's question ahead of a request, and do not count it", async () => {
    const address = newAddress();
    const preflight = from(address, {
      origin: 'https://app.example.org',
      'access-control-request-method': 'POST',
    });
    assert.equal(left(await send('OPTIONS', '/v1/tasks', preflight)), 4);
    await useUp(address);
    assert.equal((await send('OPTIONS', '/v1/tasks', preflight)).status, 204);
    const strange = from(address, { ...preflight.headers, origin: 'https://evil.example.org' });
    assert.equal((await send('OPTIONS', '/v1/tasks', strange)).status, 429);
  });

  test('let browsers read them', async () => {
    const { headers } = await send(
      'GET',
      '/v1/tasks',
      from(newAddress(), { origin: 'https://app.example.org' }),
    );
    assert.match(String(headers['access-control-expose-headers']), /RateLimit, RateLimit-Policy/);
  });

  test('charge a batch for its operations, as a whole or hardly', async () => {
    const { token } = await app.signUp();
    const batch = (size: number) =>
      send('POST', '/batch', {
        token,
        body: {
          operations: Array.from({ length: size }, () => ({
            method: 'POST',
            path: '/v1/tasks',
            body: { title: 'One of many' },
          })),
        },
      });
    const first = await batch(12);
    assert.equal(first.status, 200);
    assert.equal(left(first), 8);
    const second = await batch(9);
    assert.equal(second.status, 429);
    // Reading it cost one; eight are left of twenty, so one more and the one that was read are missing: six minutes.
    assert.equal(left(second), 7);
    const seconds = Number(second.headers['retry-after']);
    assert.ok(seconds > 350 && seconds <= 360, String(seconds));
    const listed = await send('GET', '/v1/tasks?count=exact', { token });
    assert.deepEqual([left(listed), listed.body.total], [6, 12]);
  });
});
