import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startApp } from '../support/plinth/app.ts';
import { minuteMs, passTime } from '../support/plinth/clock.ts';
import { RawConnection } from '../support/raw-http.ts';

describe('rate limits as they are set', () => {
  test('are on, with the quotas of the contract, when nothing else is said', async () => {
    const app = await startApp({ settings: { RATE_LIMIT: '' } });
    const anonymous = await app.send('GET', '/v1/tasks');
    assert.equal(anonymous.headers['ratelimit-policy'], '"anonymous";q=120;w=60');
    const { token } = await app.signUp();
    const signedIn = await app.send('GET', '/v1/tasks', { token });
    assert.equal(signedIn.headers['ratelimit-policy'], '"default";q=600;w=60');
    assert.equal(signedIn.headers.ratelimit, '"default";r=599;t=1');
    const login = await app.send('POST', '/auth/login', { body: {} });
    assert.equal(login.headers['ratelimit-policy'], '"auth";q=10;w=60');
  });

  test('do not believe X-Forwarded-For of a stranger', async () => {
    const app = await startApp({ settings: { RATE_LIMIT: 'on', RATE_LIMIT_ANONYMOUS: '2/1h' } });
    const statuses: number[] = [];
    let addresses = 0;
    // The second cannot even be routed.
    for (const path of ['/v1/tasks', '/%zz', '/v1/tasks', '/%zz']) {
      statuses.push(
        (await app.send('GET', path, { headers: { 'x-forwarded-for': `198.51.100.${(addresses += 1)}` } }))
          .status,
      );
    }
    assert.deepEqual(statuses, [200, 400, 429, 429]);
  });

  test('are told to those as well whose request is none', async () => {
    const app = await startApp({ settings: { RATE_LIMIT: 'on', RATE_LIMIT_ANONYMOUS: '4/1h' } });
    const requests = [
      ['garbage\r\n\r\n', 400],
      [`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
      ['CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n', 405],
    ] as const;
    for (const [index, [bytes, status]] of requests.entries()) {
      const connection = await RawConnection.open(app.port);
      const { statusCode, headers } = await connection.send(bytes).onlyAnswer();
      assert.equal(statusCode, status);
      assert.equal(headers['ratelimit-policy'], '"anonymous";q=4;w=3600');
      assert.match(String(headers.ratelimit), new RegExp(`^"anonymous";r=${3 - index};t=`));
    }
    assert.equal((await fetch(`${app.url}/v1/tasks`)).status, 200);
    assert.equal((await fetch(`${app.url}/v1/tasks`)).status, 429, 'they have been counted');
  });

  test('warn once of a proxy that TRUSTED_PROXIES does not name, since its clients count as one', async () => {
    const warnings = async (settings: Record<string, string>) => {
      const app = await startApp({ settings: { RATE_LIMIT: 'on', ...settings } });
      for (const address of ['198.51.100.1', '198.51.100.2']) {
        await app.send('GET', '/v1/tasks', { headers: { 'x-forwarded-for': address } });
      }
      return app.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    };
    const [warning, ...others] = await warnings({});
    assert.match(String(warning), /X-Forwarded-For.*TRUSTED_PROXIES/);
    assert.deepEqual(others, []);
    assert.deepEqual(await warnings({ TRUSTED_PROXIES: '127.0.0.1' }), []);
  });

  test('let those succeed who wait as long as they are told', async (t) => {
    const app = await startApp({ settings: { RATE_LIMIT: 'on', RATE_LIMIT_ANONYMOUS: '3/1h' } });
    for (let round = 0; round < 3; round += 1) {
      let answer = await app.send('GET', '/v1/tasks');
      while (answer.status === 200) answer = await app.send('GET', '/v1/tasks');
      const waitMs = Number(answer.headers['retry-after']) * 1_000;
      passTime(t, waitMs - minuteMs);
      assert.equal((await app.send('GET', '/v1/tasks')).status, 429);
      passTime(t, minuteMs);
      assert.equal((await app.send('GET', '/v1/tasks')).status, 200);
    }
  });

  test('let a batch succeed that waits as long as it is told, when nothing was left to read it', async (t) => {
    const app = await startApp({ settings: { RATE_LIMIT: 'on', RATE_LIMIT_DEFAULT: '8/1h' } });
    const { token } = await app.signUp();
    const body = {
      operations: [1, 2, 3, 4, 5, 6].map((n) => ({
        method: 'POST',
        path: '/v1/tasks',
        body: { title: `${n}` },
      })),
    };
    let answer = await app.send('GET', '/v1/tasks', { token });
    while (answer.status === 200) answer = await app.send('GET', '/v1/tasks', { token });
    const refused = await app.send('POST', '/batch', { token, body });
    assert.equal(refused.status, 429);
    passTime(t, Number(refused.headers['retry-after']) * 1_000);
    assert.equal((await app.send('POST', '/batch', { token, body })).status, 200);
  });

  test('are nowhere when they are off', async () => {
    const app = await startApp({ settings: { RATE_LIMIT: 'off' } });
    const { headers } = await app.send('GET', '/v1/tasks');
    assert.equal(headers.ratelimit, undefined);
    assert.equal(headers['ratelimit-policy'], undefined);
  });
});
