import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ada } from '../services/auth/fixture.ts';
import { eachDatabase } from '../support/databases.ts';
import { serveAuth } from './serve-auth.ts';
import { minuteMs } from '../support/plinth/clock.ts';

eachDatabase((kind) => {
  test('POST /auth/register answers 201 with the user and a pair that may not be stored', async () => {
    const { send } = await serveAuth(kind);
    const { status, headers, body } = await send('POST', '/auth/register', {
      body: { ...ada, nickname: 'Countess' },
    });
    assert.equal(status, 201);
    assert.equal(headers['cache-control'], 'no-store');
    const { user, accessToken, refreshToken, ...rest } = body;
    assert.deepEqual(rest, { tokenType: 'Bearer', expiresIn: 900 });
    assert.deepEqual([user.email, user.role, user.nickname], [ada.email, 'user', 'Countess']);
    assert.equal(accessToken.split('.').length, 3);
    assert.match(refreshToken, /^[\w-]{43}$/);
    assert.deepEqual(
      Object.keys(user).filter((name) => /pass|hash|secret/.test(name)),
      [],
    );
  });

  test('POST /auth/register answers 409 for a taken address, 422 for a bad body, 403 when closed', async () => {
    const { send, signUp } = await serveAuth(kind);
    await signUp();
    const taken = await send('POST', '/auth/register', { body: ada });
    assert.deepEqual([taken.status, taken.body.code], [409, 'conflict']);
    assert.deepEqual(
      (taken.body.errors as { pointer: string }[]).map(({ pointer }) => pointer),
      ['/email'],
    );
    const bad = await send('POST', '/auth/register', { body: { email: 'x', role: 'admin' } });
    assert.equal(bad.status, 422);
    assert.deepEqual((bad.body.errors as { pointer: string }[]).map(({ pointer }) => pointer).toSorted(), [
      '/email',
      '/password',
      '/role',
    ]);
    const closed = await serveAuth(kind, { registration: 'closed' });
    const refused = await closed.send('POST', '/auth/register', { body: ada });
    assert.deepEqual([refused.status, refused.body.code], [403, 'forbidden']);
  });

  test('POST /auth/login answers 200, and 401 alike for a wrong password and an unknown address', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { user } = await signUp();
    const good = await send('POST', '/auth/login', { body: ada });
    assert.deepEqual([good.status, good.headers['cache-control'], good.body.user], [200, 'no-store', user]);
    const wrong = await send('POST', '/auth/login', { body: { ...ada, password: 'wrong horse' } });
    const unknown = await send('POST', '/auth/login', { body: { ...ada, email: 'eve@example.com' } });
    for (const { status, headers, body } of [wrong, unknown]) {
      assert.deepEqual([status, body.code], [401, 'invalid_credentials']);
      assert.equal(headers['www-authenticate'], 'Bearer realm="plinth"');
    }
    assert.deepEqual({ ...wrong.body, requestId: '' }, { ...unknown.body, requestId: '' });
  });

  test('POST /auth/refresh answers 200 with the next pair, also beside a stale access token, and 401 later', async () => {
    const { send, signUp, clock } = await serveAuth(kind);
    const first = await signUp();
    clock.advance(20 * minuteMs);
    const body = { refreshToken: first.refreshToken };
    const next = await send('POST', '/auth/refresh', { body, token: first.accessToken });
    assert.deepEqual([next.status, next.headers['cache-control']], [200, 'no-store']);
    const again = await send('POST', '/auth/refresh', { body });
    assert.equal(again.body.refreshToken, next.body.refreshToken);
    clock.advance(minuteMs);
    const reused = await send('POST', '/auth/refresh', { body });
    assert.deepEqual([reused.status, reused.body.code], [401, 'unauthenticated']);
    assert.equal((await send('GET', '/auth/me', { token: next.body.accessToken })).status, 401);
  });

  test('GET and PATCH /auth/me answer with the user', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { accessToken: token, user } = await signUp();
    const me = await send('GET', '/auth/me', { token });
    assert.deepEqual([me.status, me.body], [200, user]);
    assert.equal((await send('HEAD', '/auth/me', { token })).status, 200);
    const changed = await send('PATCH', '/auth/me', { token, body: { nickname: 'Countess' } });
    assert.deepEqual([changed.status, changed.body.nickname], [200, 'Countess']);
    const refused = await send('PATCH', '/auth/me', { token, body: { role: 'admin' } });
    assert.deepEqual([refused.status, refused.body.code], [422, 'validation_failed']);
  });

  test('POST /auth/password answers 204 and ends the other sessions', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { accessToken: token } = await signUp();
    const other = await send('POST', '/auth/login', { body: ada });
    const wrong = await send('POST', '/auth/password', {
      token,
      body: { current: 'wrong horse', new: 'battery staple' },
    });
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials']);
    const done = await send('POST', '/auth/password', {
      token,
      body: { current: ada.password, new: 'battery staple' },
    });
    assert.deepEqual([done.status, done.body], [204, '']);
    assert.equal((await send('GET', '/auth/me', { token: other.body.accessToken })).status, 401);
    assert.equal((await send('GET', '/auth/me', { token })).status, 200);
  });

  test('POST /auth/email answers the user with the new address', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { accessToken: token, user } = await signUp();
    const body = { password: ada.password, email: 'countess@example.com' };
    const done = await send('POST', '/auth/email', { token, body });
    assert.deepEqual([done.status, done.body.id, done.body.email], [200, user.id, 'countess@example.com']);
    const elsewhere = await send('PATCH', `/v1/users/${user.id}`, { token, body: { email: ada.email } });
    assert.deepEqual([elsewhere.status, elsewhere.body.errors[0].pointer], [403, '/email']);
  });

  test('GET /auth/sessions lists them, DELETE ends one', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { accessToken: token } = await signUp();
    const other = await send('POST', '/auth/login', { body: ada });
    const list = await send('GET', '/auth/sessions', { token });
    assert.equal(list.status, 200);
    assert.deepEqual(Object.keys(list.body.data[0] ?? {}).toSorted(), [
      'address',
      'agent',
      'createdAt',
      'current',
      'id',
      'lastUsedAt',
    ]);
    const there = list.body.data.find((session: { current: boolean }) => !session.current)?.id ?? '';
    const ended = await send('DELETE', `/auth/sessions/${there}`, { token });
    assert.deepEqual([ended.status, ended.body], [204, '']);
    assert.equal((await send('GET', '/auth/me', { token: other.body.accessToken })).status, 401);
    for (const id of [there, 'x', '%00', 'a'.repeat(500)]) {
      const missing = await send('DELETE', `/auth/sessions/${id}`, { token });
      assert.deepEqual([missing.status, missing.body.code], [404, 'not_found'], id);
    }
  });

  test('POST /auth/logout answers 204, and the session is over', async () => {
    const { send, signUp } = await serveAuth(kind);
    const { accessToken: token, refreshToken } = await signUp();
    assert.equal((await send('POST', '/auth/logout', { token })).status, 204);
    assert.equal((await send('GET', '/auth/me', { token })).status, 401);
    assert.equal((await send('POST', '/auth/refresh', { body: { refreshToken } })).status, 401);
  });
});
