import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPrincipal } from '#domain/access/principal.ts';
import { eachDatabase } from '../../support/databases.ts';
import { ada, home, openAuth, problem, registerAda } from './fixture.ts';

const never = '0198c0de-0000-7000-8000-000000000001';

eachDatabase((kind) => {
  test('people see themselves as they are now', async () => {
    const { auth, openReplica } = await openAuth(kind);
    const { principal, user } = await registerAda(auth);
    assert.deepEqual(await auth.me(principal), user);
    const other = await openReplica();
    await other.auth.updateMe(principal, { nickname: 'Countess' });
    assert.equal((await auth.me(principal)).nickname, 'Countess');
  });

  test('people change the properties that the users file adds, and no others', async () => {
    const { auth } = await openAuth(kind);
    const { principal } = await registerAda(auth);
    assert.equal((await auth.updateMe(principal, { nickname: 'Countess' })).nickname, 'Countess');
    await assert.rejects(
      auth.updateMe(principal, {
        email: 'eve@example.com',
        role: 'admin',
        verified: true,
        nickname: 'x',
        colour: 1,
      }),
      problem('validation_failed', {
        '/email': 'readOnly',
        '/role': 'readOnly',
        '/verified': 'readOnly',
        '/nickname': 'minLength',
        '/colour': 'unknown',
      }),
    );
    const { email, role, nickname } = await auth.me(principal);
    assert.deepEqual({ email, role, nickname }, { email: ada.email, role: 'user', nickname: 'Countess' });
    await auth.updateMe(principal, { email, role, nickname: 'Ada' });
    for (const patch of [null, 'text', 7, [{ role: 'admin' }]]) {
      await assert.rejects(auth.updateMe(principal, patch), problem('validation_failed', { '': 'type' }));
    }
  });

  test('what people write is what the next request of theirs acts with', async () => {
    const { auth } = await openAuth(kind);
    const { principal, accessToken } = await registerAda(auth);
    await auth.updateMe(principal, { nickname: 'Countess' });
    assert.equal((await auth.authenticate(accessToken)).user.nickname, 'Countess');
  });

  test('a new password ends every other session and leaves this one', async () => {
    const { auth } = await openAuth(kind);
    const here = await registerAda(auth);
    const there = await auth.login(ada, home);
    await auth.authenticate(there.accessToken);
    await auth.changePassword(here.principal, { current: ada.password, new: 'battery staple' });
    await assert.rejects(auth.authenticate(there.accessToken), problem('unauthenticated'));
    await assert.rejects(auth.refresh({ refreshToken: there.refreshToken }), problem('unauthenticated'));
    await auth.authenticate(here.accessToken);
    await auth.refresh({ refreshToken: here.refreshToken });
    await assert.rejects(auth.login(ada, home), problem('invalid_credentials'));
    await auth.login({ ...ada, password: 'battery staple' }, home);
  });

  test('a new password needs the current one, and the form of a password', async () => {
    const { auth } = await openAuth(kind);
    const { principal } = await registerAda(auth);
    await assert.rejects(
      auth.changePassword(principal, { current: 'wrong horse', new: 'battery staple' }),
      problem('invalid_credentials'),
    );
    await assert.rejects(
      auth.changePassword(principal, { current: ada.password, new: 'short' }),
      problem('validation_failed', { '/new': 'minLength' }),
    );
    await assert.rejects(
      auth.changePassword(principal, { password: 1, new: 7 }),
      problem('validation_failed', { '/current': 'required', '/new': 'type', '/password': 'unknown' }),
    );
    for (const [guess, code] of Object.entries({ Password1: 'common', [ada.email]: 'address' })) {
      await assert.rejects(
        auth.changePassword(principal, { current: ada.password, new: guess }),
        problem('validation_failed', { '/new': code }),
      );
    }
    await auth.login(ada, home);
  });

  test('of two changes of the password at once, one succeeds', async () => {
    const { auth } = await openAuth(kind);
    const { principal } = await registerAda(auth);
    const chosen = ['battery staple', 'staple battery'];
    const answers = await Promise.allSettled(
      chosen.map((password) => auth.changePassword(principal, { current: ada.password, new: password })),
    );
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const winner = chosen[answers.findIndex(({ status }) => status === 'fulfilled')] as string;
    await auth.login({ ...ada, password: winner }, home);
  });

  test('a new address needs the password, is not verified, and ends every other session', async () => {
    const { auth } = await openAuth(kind);
    const here = await registerAda(auth);
    const there = await auth.login(ada, home);
    await auth.authenticate(there.accessToken);
    const change = { password: ada.password, email: ' Countess@EXAMPLE.com ' };
    const wrong = { ...change, password: 'wrong horse' };
    await assert.rejects(auth.changeEmail(here.principal, wrong), problem('invalid_credentials'));
    const user = await auth.changeEmail(here.principal, change);
    assert.deepEqual([user.email, user.verified, user.version], ['countess@example.com', false, 2]);
    assert.deepEqual(await auth.me(here.principal), user);
    await auth.authenticate(here.accessToken);
    await assert.rejects(auth.authenticate(there.accessToken), problem('unauthenticated'));
    await assert.rejects(auth.refresh({ refreshToken: there.refreshToken }), problem('unauthenticated'));
    await assert.rejects(auth.login(ada, home), problem('invalid_credentials'));
    await auth.login({ email: 'countess@example.com', password: ada.password }, home);
  });

  test('a verified address falls with the change, and stays with the same one', async () => {
    const { auth, records } = await openAuth(kind);
    const { principal, user } = await registerAda(auth);
    const verify = { kind: 'update', collection: 'users', id: user.id, body: { verified: true } } as const;
    await records.service.execute(verify, { principal: systemPrincipal });
    const other = await auth.login(ada, home);
    const same = await auth.changeEmail(principal, { password: ada.password, email: 'ADA@example.com' });
    assert.deepEqual([same.verified, same.version], [true, 2]);
    await auth.authenticate(other.accessToken);
    const changed = await auth.changeEmail(principal, { password: ada.password, email: 'eve@example.com' });
    assert.equal(changed.verified, false);
  });

  test('an address that is taken, malformed or the password is refused', async () => {
    const { auth } = await openAuth(kind);
    const { principal } = await registerAda(auth);
    await auth.register({ ...ada, email: 'eve@example.com' }, home);
    const change = (email: unknown, password: unknown = ada.password) =>
      auth.changeEmail(principal, { email, password });
    await assert.rejects(change('Eve@example.com'), problem('conflict', { '/email': 'unique' }));
    await assert.rejects(change('nobody'), problem('validation_failed', { '/email': 'format' }));
    await assert.rejects(
      change('a@b.example', 'A@b.example'),
      problem('validation_failed', { '/email': 'password' }),
    );
    await assert.rejects(
      change(1, null),
      problem('validation_failed', { '/email': 'type', '/password': 'required' }),
    );
    assert.equal((await auth.me(principal)).email, ada.email);
  });

  test('signing out ends the session, and only that one', async () => {
    const { auth } = await openAuth(kind);
    const here = await registerAda(auth);
    const there = await auth.login(ada, home);
    await auth.logout(here.principal);
    await assert.rejects(auth.authenticate(here.accessToken), problem('unauthenticated'));
    await assert.rejects(auth.refresh({ refreshToken: here.refreshToken }), problem('unauthenticated'));
    await auth.authenticate(there.accessToken);
    await auth.logout(here.principal);
  });

  test('people end one of their sessions, in any case of its id', async () => {
    const { auth } = await openAuth(kind);
    const here = await registerAda(auth);
    const there = await auth.login(ada, home);
    const { id: sessionId } = (await auth.authenticate(there.accessToken)).credential;
    await auth.endSession(here.principal, sessionId.toUpperCase());
    await assert.rejects(auth.authenticate(there.accessToken), problem('unauthenticated'));
    await assert.rejects(auth.endSession(here.principal, sessionId), problem('not_found'));
  });

  test("somebody else's session, and what is no session, are not there", async () => {
    const { auth } = await openAuth(kind);
    const { principal } = await registerAda(auth);
    const eve = await auth.register({ ...ada, email: 'eve@example.com' }, home);
    const { id: sessionId } = (await auth.authenticate(eve.accessToken)).credential;
    for (const id of [sessionId, never, 'x', '', '../me', `${never}0`, 'toString']) {
      await assert.rejects(auth.endSession(principal, id), problem('not_found'), id);
    }
    await auth.authenticate(eve.accessToken);
    assert.equal((await auth.sessions(principal)).length, 1);
  });
});
