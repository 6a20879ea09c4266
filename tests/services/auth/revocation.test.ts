import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPrincipal } from '#domain/access/principal.ts';
import { eachDatabase, type TestDatabase } from '../../support/databases.ts';
import { ada, home, openAuth, problem, registerAda, users } from './fixture.ts';
import { minuteMs } from '../../support/plinth/clock.ts';

/** Ada, signed in, and known to both replicas as such. */
async function twoReplicas(kind: TestDatabase) {
  const rig = await openAuth(kind);
  const other = await rig.openReplica();
  const signedIn = await registerAda(rig.auth);
  await other.auth.authenticate(signedIn.accessToken);
  return { ...rig, other, ...signedIn };
}

eachDatabase((kind) => {
  test('an ended session is refused at once here and within 5 seconds elsewhere', async () => {
    const { auth, other, clock, principal, accessToken } = await twoReplicas(kind);
    await auth.logout(principal);
    await assert.rejects(auth.authenticate(accessToken), problem('unauthenticated'));
    clock.advance(4_999);
    await assert.rejects(other.auth.authenticate(accessToken), problem('unauthenticated'));
  });

  test('while nothing changes, the database is asked once in a few seconds', async () => {
    const { auth, database, clock, accessToken } = await twoReplicas(kind);
    let reads = 0;
    const read = database.read.bind(database);
    database.read = (work) => {
      reads += 1;
      return read(work);
    };
    for (let count = 0; count < 50; count++) await auth.authenticate(accessToken);
    assert.equal(reads, 0);
    clock.advance(3_000);
    await Promise.all(Array.from({ length: 50 }, () => auth.authenticate(accessToken)));
    assert.equal(reads, 1, 'many at once ask together');
  });

  test('a removed user is refused at once here and within 5 seconds elsewhere', async () => {
    const { auth, records, other, clock, accessToken, refreshToken, user, database } =
      await twoReplicas(kind);
    await records.remove(systemPrincipal, 'users', user.id);
    await assert.rejects(auth.authenticate(accessToken), problem('unauthenticated'));
    await assert.rejects(auth.refresh({ refreshToken }), problem('unauthenticated'));
    await assert.rejects(auth.login(ada, home), problem('invalid_credentials'));
    clock.advance(4_999);
    await assert.rejects(other.auth.authenticate(accessToken), problem('unauthenticated'));
    for (const table of ['_plinth_credentials', '_plinth_sessions', '_plinth_refresh_tokens']) {
      const rows = await database.read((reader) =>
        reader.all({ sql: `SELECT 1 AS one FROM ${table}`, parameters: [] }),
      );
      assert.equal(rows.length, 0, table);
    }
  });

  test('a new role acts at once here and within 5 seconds elsewhere, whatever the token says', async () => {
    const { auth, records, other, clock, accessToken, user } = await twoReplicas(kind);
    await records.update(systemPrincipal, 'users', user.id, { role: 'admin' }, new Map());
    assert.equal((await auth.authenticate(accessToken)).role, 'admin');
    await auth.administration.setRole(ada.email, 'user');
    assert.equal((await auth.authenticate(accessToken)).role, 'user');
    clock.advance(4_999);
    const elsewhere = await other.auth.authenticate(accessToken);
    assert.deepEqual([elsewhere.role, elsewhere.user.role], ['user', 'user']);
  });

  test('every door to the record of a user is noticed', async () => {
    const { auth, records, accessToken, user } = await twoReplicas(kind);
    const role = async () => (await auth.authenticate(accessToken)).user.role;
    const path = `/v1/users/${user.id}`;
    await records.replace(systemPrincipal, 'users', user.id, { email: ada.email, role: 'first' }, new Map());
    assert.equal(await role(), 'first');
    await records.batch(systemPrincipal, {
      operations: [{ method: 'PATCH', path, body: { role: 'second' } }],
    });
    assert.equal(await role(), 'second');
    await records.update(systemPrincipal, 'users', user.id.toUpperCase(), { role: 'third' }, new Map());
    assert.equal(await role(), 'third');
    await records.batch(systemPrincipal, { operations: [{ method: 'DELETE', path }] });
    await assert.rejects(auth.authenticate(accessToken), problem('unauthenticated'));
  });

  test('users who go with what they refer to are refused at once', async () => {
    const teams = { name: 'teams', properties: { name: { type: 'string' } } };
    const team = { reference: 'teams', onDelete: 'cascade' } as const;
    const definitions = [teams, { ...users, properties: { ...users.properties, team } }];
    const { auth, records } = await openAuth(kind, { definitions });
    const { id } = await records.create(systemPrincipal, 'teams', { name: 'engines' }, new Map());
    const { accessToken } = await auth.register({ ...ada, team: id }, home);
    await auth.authenticate(accessToken);
    await records.remove(systemPrincipal, 'teams', id);
    await assert.rejects(auth.authenticate(accessToken), problem('unauthenticated'));
  });

  test('users who go by SQL that somebody writes are refused at once', async () => {
    const { auth, database, accessToken } = await twoReplicas(kind);
    await database.write((transaction) =>
      transaction.run({ sql: `UPDATE "users" SET "role" = 'other'`, parameters: [] }),
    );
    assert.equal((await auth.authenticate(accessToken)).user.role, 'other');
    await database.write((transaction) => transaction.run({ sql: 'DELETE FROM "users"', parameters: [] }));
    await assert.rejects(auth.authenticate(accessToken), problem('unauthenticated'));
  });

  test('a replica that follows the change log refuses them as soon as it has seen it', async () => {
    const { records, other, accessToken, user } = await twoReplicas(kind);
    const [follows, seen] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    other.changes.subscribe(({ changed }) => {
      if (changed === undefined) follows.resolve();
      if (changed?.has('users') === true) seen.resolve();
    });
    other.changes.start();
    try {
      await follows.promise;
      await other.auth.authenticate(accessToken);
      await records.remove(systemPrincipal, 'users', user.id);
      other.changes.wake();
      await seen.promise;
      await assert.rejects(other.auth.authenticate(accessToken), problem('unauthenticated'));
    } finally {
      await other.changes.stop();
    }
  });

  test('a password set by an operator ends every session at once here and within 5 seconds elsewhere', async () => {
    const { auth, other, clock, accessToken } = await twoReplicas(kind);
    await auth.administration.setPassword(ada.email, 'battery staple');
    await assert.rejects(auth.authenticate(accessToken), problem('unauthenticated'));
    clock.advance(4_999);
    await assert.rejects(other.auth.authenticate(accessToken), problem('unauthenticated'));
  });

  test('a revocation that runs beside a look-up of the session is not lost', async () => {
    const { auth, other, clock, principal, accessToken } = await twoReplicas(kind);
    for (let round = 0; round < 5; round++) {
      const next = await auth.login(ada, home);
      clock.advance(minuteMs);
      const [, ended] = await Promise.all([
        auth.authenticate(next.accessToken).catch(() => null),
        auth.authenticate(next.accessToken).then((signedIn) => auth.logout(signedIn)),
      ]);
      assert.equal(ended, undefined);
      await assert.rejects(auth.authenticate(next.accessToken), problem('unauthenticated'));
    }
    clock.advance(-minuteMs);
    await auth.logout(principal);
    await assert.rejects(
      other.auth.authenticate(accessToken),
      problem('unauthenticated'),
      'a clock set back hides nothing',
    );
  });

  test('a token of a session that its user never had is refused', async () => {
    const { auth, tokens, user, principal } = await twoReplicas(kind);
    const eve = await auth.register({ ...ada, email: 'eve@example.com' }, home);
    for (const claims of [
      { userId: eve.user.id, sessionId: principal.credential.id, role: 'admin' },
      { userId: user.id, sessionId: '0198c0de-0000-7000-8000-000000000001', role: 'admin' },
    ]) {
      const forged = await tokens.issueAccess(claims, minuteMs);
      await assert.rejects(auth.authenticate(forged), problem('unauthenticated'));
    }
  });

  test('an access token expires with its own code, to be refreshed', async () => {
    const { auth, clock, accessToken, refreshToken } = await twoReplicas(kind);
    // Claims are whole seconds, so a token may live up to one longer than it says.
    clock.advance(15 * minuteMs + 1000);
    await assert.rejects(auth.authenticate(accessToken), problem('token_expired'));
    await auth.authenticate((await auth.refresh({ refreshToken })).accessToken);
  });
});
