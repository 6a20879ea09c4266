import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertProblem } from '../support/problems.ts';
import { standInServer } from '../support/plinth/stand-ins.ts';

describe('cross-origin requests', () => {
  const origin = 'https://app.example.org';
  const from = (server: ReturnType<typeof standInServer>, headers: Record<string, string>, method = 'GET') =>
    server.inject({ method: method as 'GET', url: '/v1/tasks', headers });

  test('are not for anybody by default', async () => {
    const server = standInServer();
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await from(server, { origin, 'access-control-request-method': 'GET' }, method);
      assert.equal(Object.keys(headers).filter((name) => name.startsWith('access-control')).length, 0);
    }
  });

  test('are for the listed origins, compared exactly', async () => {
    const server = standInServer({ settings: { corsOrigins: [origin, 'http://localhost:5173'] } });
    const { headers } = await from(server, { origin });
    assert.equal(headers['access-control-allow-origin'], origin);
    assert.match(String(headers['access-control-expose-headers']), /ETag, Location, Link, X-Request-Id/);
    assert.equal(headers['access-control-allow-credentials'], undefined);
    assert.equal(headers.vary, 'Origin, Authorization');
    for (const other of [
      'https://app.example.org.evil.net',
      'http://app.example.org',
      'null',
      `${origin}/`,
      origin.toUpperCase(),
    ]) {
      const refused = await from(server, { origin: other });
      assert.equal(refused.headers['access-control-allow-origin'], undefined, other);
      assert.equal(refused.headers.vary, 'Origin, Authorization');
      assert.equal(refused.statusCode, 200);
    }
  });

  test('are announced by a preflight without a token', async () => {
    const server = standInServer({ settings: { corsOrigins: [origin] } });
    const asked = {
      origin,
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization',
    };
    const answer = await from(server, asked, 'OPTIONS');
    assert.equal(answer.statusCode, 204);
    assert.equal(answer.headers['access-control-allow-origin'], origin);
    assert.match(String(answer.headers['access-control-allow-methods']), /PATCH/);
    assert.match(String(answer.headers['access-control-allow-headers']), /Authorization/);
  });

  test('see errors too', async () => {
    const server = standInServer({ settings: { corsOrigins: [origin] } });
    const answer = await server.inject({ url: '/nothing', headers: { origin } });
    assertProblem(answer, 'not_found');
    assert.equal(answer.headers['access-control-allow-origin'], origin);
  });

  test('are for all with *', async () => {
    const server = standInServer({ settings: { corsOrigins: ['*'] } });
    assert.equal((await from(server, { origin })).headers['access-control-allow-origin'], '*');
  });
});
