import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bypassesRules } from '#domain/access/principal.ts';
import { usersDefinition } from '#domain/collections/built-in/users.ts';
import { eachDatabase } from '../../support/databases.ts';
import { ada, home, openAuth, problem } from './fixture.ts';

eachDatabase((kind) => {
  test('registering gives the user, a pair of tokens and a session', async () => {
    const { auth } = await openAuth(kind);
    const answer = await auth.register({ ...ada, nickname: 'Countess' }, home);
    assert.deepEqual(Object.keys(answer).toSorted(), [
      'accessToken',
      'expiresIn',
      'refreshToken',
      'tokenType',
      'user',
    ]);
    assert.equal(answer.tokenType, 'Bearer');
    assert.equal(answer.expiresIn, 900);
    const { email, role, verified, nickname, version } = answer.user;
    assert.deepEqual(
      { email, role, verified, nickname, version },
      {
        email: ada.email,
        role: 'user',
        verified: false,
        nickname: 'Countess',
        version: 1,
      },
    );
    assert.ok(!JSON.stringify(answer).includes(ada.password) && !('secret' in answer.user));
    const principal = await auth.authenticate(answer.accessToken);
    assert.equal(principal.user.id, answer.user.id);
    assert.equal(bypassesRules(principal), false);
    assert.deepEqual(
      (await auth.sessions(principal)).map(({ id }) => id),
      [principal.credential.id],
    );
  });

  test('an address has one form, and is taken in all of its forms', async () => {
    const { auth } = await openAuth(kind);
    const { user } = await auth.register({ ...ada, email: '  Ada@EXAMPLE.com ' }, home);
    assert.equal(user.email, ada.email);
    for (const email of [ada.email, 'ADA@example.com', 'ａｄａ@example.com']) {
      await assert.rejects(
        auth.register({ ...ada, email }, home),
        problem('conflict', { '/email': 'unique' }),
      );
    }
    assert.equal((await auth.login({ ...ada, email: 'aDa@Example.Com' }, home)).user.id, user.id);
  });

  test('every value that is taken is told', async () => {
    const nick = { type: 'string', maxLength: 20, unique: true } as const;
    const definitions = [{ ...usersDefinition, properties: { ...usersDefinition.properties, nick } }];
    const { auth } = await openAuth(kind, { definitions });
    await auth.register({ ...ada, nick: 'countess' }, home);
    await assert.rejects(
      auth.register({ ...ada, nick: 'countess' }, home),
      problem('conflict', { '/email': 'unique', '/nick': 'unique' }),
    );
  });

  test('of twenty registrations with one address at once, one succeeds', async () => {
    const { auth, database } = await openAuth(kind);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => auth.register(ada, home)));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const answer of answers) if (answer.status === 'rejected') problem('conflict')(answer.reason);
    for (const table of ['users', '_plinth_credentials', '_plinth_sessions', '_plinth_refresh_tokens']) {
      const rows = await database.read((reader) =>
        reader.all({ sql: `SELECT 1 AS one FROM ${table}`, parameters: [] }),
      );
      assert.equal(rows.length, 1, table);
    }
  });

  test('all that is wrong with a registration is said at once', async () => {
    const { auth } = await openAuth(kind);
    await assert.rejects(
      auth.register(
        { email: 'nobody', password: 'short', nickname: 'x', role: 'admin', verified: true, colour: 1 },
        home,
      ),
      problem('validation_failed', {
        '/email': 'format',
        '/password': 'minLength',
        '/nickname': 'minLength',
        '/role': 'readOnly',
        '/verified': 'readOnly',
        '/colour': 'unknown',
      }),
    );
    await assert.rejects(
      auth.register({}, home),
      problem('validation_failed', { '/email': 'required', '/password': 'required' }),
    );
    await assert.rejects(
      auth.register({ email: 7, password: ['x'] }, home),
      problem('validation_failed', { '/email': 'type', '/password': 'type' }),
    );
    await assert.rejects(
      auth.register({ email: null, password: null }, home),
      problem('validation_failed', { '/email': 'required', '/password': 'required' }),
    );
  });

  test('a body that is no object is refused', async () => {
    const { auth } = await openAuth(kind);
    for (const body of [undefined, null, 'text', 7, true, [], [ada]]) {
      await assert.rejects(auth.register(body, home), problem('validation_failed', { '': 'type' }));
    }
  });

  test('names of the language itself are unknown like any other', async () => {
    const { auth } = await openAuth(kind);
    const body: unknown = JSON.parse(
      `{"email":"ada@example.com","password":"correct horse","__proto__":{"role":"admin"}}`,
    );
    await assert.rejects(
      auth.register(body, home),
      problem('validation_failed', { '/__proto__': 'unknown' }),
    );
    await assert.rejects(
      auth.register({ ...ada, constructor: 1, toString: 2 }, home),
      problem('validation_failed', { '/constructor': 'unknown', '/toString': 'unknown' }),
    );
  });

  test('a password of 128 characters is kept whole, one of 129 is refused', async () => {
    const { auth } = await openAuth(kind);
    const password = `${'pass word '.repeat(12)}12345678`;
    await auth.register({ ...ada, password }, home);
    await auth.login({ ...ada, password }, home);
    await assert.rejects(
      auth.login({ ...ada, password: password.slice(0, -1) }, home),
      problem('invalid_credentials'),
    );
    await assert.rejects(
      auth.login({ ...ada, password: `${password}x` }, home),
      problem('invalid_credentials'),
    );
    await assert.rejects(
      auth.register({ email: 'eve@example.com', password: `${password}x` }, home),
      problem('validation_failed', { '/password': 'maxLength' }),
    );
  });

  test('nobody registers when registration is closed, whatever they send', async () => {
    const { auth, database } = await openAuth(kind, { registration: 'closed' });
    for (const body of [ada, {}, null]) await assert.rejects(auth.register(body, home), problem('forbidden'));
    const users = await database.read((reader) =>
      reader.all({ sql: 'SELECT id FROM users', parameters: [] }),
    );
    assert.equal(users.length, 0);
  });
});
