import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bypassesRules } from '#domain/access/principal.ts';
import type { OperatorErrorCode } from '#domain/errors/catalogue.ts';
import { eachDatabase } from '../../support/databases.ts';
import { ada, home, openAuth } from './fixture.ts';

function problem(code: OperatorErrorCode, message: RegExp) {
  return { name: 'Problem', code, message };
}

eachDatabase((kind) => {
  test('operators make users with a role, who can sign in', async () => {
    const { auth } = await openAuth(kind, { registration: 'closed' });
    const { id, ...made } = await auth.administration.create({
      ...ada,
      email: ' ADA@example.com',
      role: 'admin',
    });
    const createdAt = '2026-01-31T10:00:00.000Z';
    assert.deepEqual(made, { email: ada.email, role: 'admin', verified: false, createdAt });
    const { accessToken } = await auth.login(ada, home);
    const principal = await auth.authenticate(accessToken);
    assert.deepEqual([principal.user.id, bypassesRules(principal)], [id, true]);
    await auth.administration.create({ email: 'eve@example.com', password: ada.password });
    assert.deepEqual(
      (await auth.administration.list()).map(({ email, role }) => [email, role]),
      [
        [ada.email, 'admin'],
        ['eve@example.com', 'user'],
      ],
    );
  });

  test('what cannot be done is said in sentences', async () => {
    const { auth } = await openAuth(kind);
    const { administration: operators } = auth;
    await operators.create(ada);
    await assert.rejects(
      operators.create(ada),
      problem('user_exists', /^There already is a user with the address ada@example\.com\.$/),
    );
    await assert.rejects(
      operators.create({ ...ada, email: 'nobody' }),
      problem('invalid_user', /^"nobody" is not an email address\.$/),
    );
    await assert.rejects(
      operators.create({ ...ada, password: 'short' }),
      problem('invalid_user', /^The password must have at least 8 characters\.$/),
    );
    await assert.rejects(
      operators.create({ ...ada, email: 'eve@example.com', role: 'Big Boss' }),
      problem('invalid_user', /^The user eve@example\.com cannot be stored like this: role .+\.$/),
    );
    const missing = problem('unknown_user', /^There is no user with the address eve@example\.com\.$/);
    await assert.rejects(operators.setRole('eve@example.com', 'admin'), missing);
    await assert.rejects(operators.setPassword('eve@example.com', 'battery staple'), missing);
    await assert.rejects(operators.remove('eve@example.com'), missing);
    await assert.rejects(operators.setPassword(ada.email, 'short'), problem('invalid_user', /at least 8/));
  });

  test('roles and passwords are changed, users removed', async () => {
    const { auth } = await openAuth(kind);
    const { administration: operators } = auth;
    await auth.register(ada, home);
    assert.equal((await operators.setRole('Ada@example.com', 'editor')).role, 'editor');
    assert.equal((await operators.list())[0]?.role, 'editor');
    await operators.setPassword(ada.email, 'battery staple');
    await auth.login({ ...ada, password: 'battery staple' }, home);
    await operators.remove(ada.email);
    assert.deepEqual(await operators.list(), []);
    await auth.register(ada, home);
  });

  test('the first admin is made once, also by five replicas that start at the same moment', async () => {
    const { openReplica, auth } = await openAuth(kind);
    const replicas = [];
    for (let count = 0; count < 5; count++) replicas.push(await openReplica());
    const made = await Promise.all(
      replicas.map((replica) => replica.auth.administration.ensureAdmin('root@example.com', 'correct horse')),
    );
    assert.equal(made.filter(Boolean).length, 1);
    assert.equal(await auth.administration.ensureAdmin('ROOT@example.com', 'another password'), false);
    assert.deepEqual(
      (await auth.administration.list()).map(({ email, role }) => [email, role]),
      [['root@example.com', 'admin']],
    );
    await auth.login({ email: 'root@example.com', password: 'correct horse' }, home);
  });

  test('somebody who is there already is not made an admin, nor given another password', async () => {
    const { auth } = await openAuth(kind);
    await auth.register(ada, home);
    assert.equal(await auth.administration.ensureAdmin(ada.email, 'another password'), false);
    assert.equal((await auth.login(ada, home)).user.role, 'user');
  });
});
