import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { deriveKey } from '#platform/tokens.ts';
import { ada } from '../services/auth/fixture.ts';
import { eachDatabase } from '../support/databases.ts';
import { serveAuth, type Method } from './serve-auth.ts';
import { minuteMs } from '../support/plinth/clock.ts';
import { secret } from '../support/secret.ts';

const callerRoutes: readonly (readonly [Method, string])[] = [
  ['POST', '/auth/logout'],
  ['GET', '/auth/me'],
  ['PATCH', '/auth/me'],
  ['POST', '/auth/password'],
  ['POST', '/auth/email'],
  ['GET', '/auth/sessions'],
  ['DELETE', '/auth/sessions/0198c0de-0000-7000-8000-000000000001'],
];

eachDatabase((kind) => {
  test('without a token, people are asked to sign in', async () => {
    const { send } = await serveAuth(kind);
    for (const [method, url] of callerRoutes) {
      const body = method === 'GET' || method === 'DELETE' ? {} : { body: {} };
      const { status, headers, body: found } = await send(method, url, body);
      assert.deepEqual([status, found.code], [401, 'unauthenticated'], url);
      assert.equal(headers['www-authenticate'], 'Bearer realm="plinth"');
    }
  });

  test('a token that was tampered with, and any other header, is refused at every door', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { user } = await signUp();
    const { body } = await send('POST', '/auth/login', { body: ada });
    const [header, payload, signature] = body.accessToken.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const key = deriveKey(secret, 'access-token');
    const sign = (changed: object, head: object) =>
      new SignJWT({ ...claims, ...changed })
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...head })
        .sign(key);
    assert.equal(
      (await send('GET', '/auth/me', { token: await sign({}, {}) })).body.id,
      user.id,
      'the key is the right one',
    );
    const refused = {
      'alg none': `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      'alg none with a signature': `Bearer ${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.${signature}`,
      'another algorithm': `Bearer ${encode({ alg: 'HS512', typ: 'at+jwt' })}.${payload}.${signature}`,
      'another type': `Bearer ${await sign({}, { typ: 'JWT' })}`,
      'another audience': `Bearer ${await sign({ aud: 'other' }, {})}`,
      'another issuer': `Bearer ${await sign({ iss: 'other' }, {})}`,
      'another role': `Bearer ${header}.${encode({ ...claims, role: 'admin' })}.${signature}`,
      truncated: `Bearer ${body.accessToken.slice(0, -3)}`,
      huge: `Bearer ${body.accessToken}${'A'.repeat(10_000)}`,
      'a refresh token': `Bearer ${body.refreshToken}`,
      'no token': 'Bearer ',
      'another scheme': 'Basic YWRhOmNvcnJlY3QgaG9yc2U=',
      'two tokens': `Bearer ${body.accessToken} ${body.accessToken}`,
      'only a token': body.accessToken,
    };
    for (const [name, authorization] of Object.entries(refused)) {
      for (const url of ['/auth/me', '/v1/tasks']) {
        const answer = await send('GET', url, { authorization });
        assert.deepEqual([answer.status, answer.body.code], [401, 'unauthenticated'], name);
        assert.match(
          answer.headers['www-authenticate'] as string,
          /^Bearer realm="plinth", error="invalid_token"/,
        );
      }
    }
    for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
      assert.equal(
        (await send('GET', '/auth/me', { authorization: `${scheme} ${body.accessToken}` })).status,
        200,
      );
    }
  });

  test('an expired token says so', async () => {
    const { send, signUp, clock } = await serveAuth(kind);
    const { accessToken: token } = await signUp();
    // Claims are whole seconds, so a token may live up to one longer than it says, and never shorter.
    clock.advance(15 * minuteMs - 1);
    assert.equal((await send('GET', '/auth/me', { token })).status, 200);
    clock.advance(1001);
    const { status, headers, body } = await send('GET', '/auth/me', { token });
    assert.deepEqual([status, body.code], [401, 'token_expired']);
    assert.match(headers['www-authenticate'] as string, /error="invalid_token"/);
  });

  test('parameters and methods that are not there are named', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { accessToken: token } = await signUp();
    const query = await send('POST', '/auth/login?admin=1', { body: ada });
    assert.deepEqual([query.status, query.body.code, query.body.parameter], [400, 'invalid_query', 'admin']);
    assert.equal((await send('GET', '/auth/sessions?limit=1', { token })).status, 400);
    const method = await send('GET', '/auth/login');
    assert.deepEqual([method.status, method.headers.allow], [405, 'POST, OPTIONS']);
  });
});
