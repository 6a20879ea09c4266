import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { ada, home, openAuth, problem, registerAda } from './fixture.ts';
import { dayMs, minuteMs } from '../../support/plinth/clock.ts';

eachDatabase((kind) => {
  test('refreshing gives a new pair of the same session and notes the use', async () => {
    const { auth, clock } = await openAuth(kind);
    const first = await registerAda(auth);
    clock.advance(5 * minuteMs);
    const next = await auth.refresh({ refreshToken: first.refreshToken });
    assert.deepEqual(Object.keys(next).toSorted(), Object.keys(await auth.login(ada, home)).toSorted());
    assert.notEqual(next.refreshToken, first.refreshToken);
    assert.notEqual(next.accessToken, first.accessToken);
    assert.deepEqual(next.user, first.user);
    const principal = await auth.authenticate(next.accessToken);
    assert.equal(principal.credential.id, first.principal.credential.id);
    const session = (await auth.sessions(principal)).find(({ current }) => current);
    assert.equal(session?.createdAt, '2026-01-31T10:00:00.000Z');
    assert.equal(session.lastUsedAt, '2026-01-31T10:05:00.000Z');
    await auth.authenticate(first.accessToken);
  });

  test('twenty refreshes of one token at once, on two replicas, all give the same successor', async () => {
    const { auth, openReplica, database } = await openAuth(kind);
    const other = (await openReplica()).auth;
    const first = await registerAda(auth);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? auth : other).refresh({ refreshToken: first.refreshToken }),
      ),
    );
    assert.equal(new Set(answers.map(({ refreshToken }) => refreshToken)).size, 1);
    for (const { accessToken } of answers) {
      assert.equal((await auth.authenticate(accessToken)).credential.id, first.principal.credential.id);
    }
    const rows = await database.read((reader) =>
      reader.all({ sql: 'SELECT 1 AS one FROM _plinth_refresh_tokens', parameters: [] }),
    );
    assert.equal(rows.length, 2, 'one was spent, one is good');
    await auth.refresh({ refreshToken: (answers[7] as (typeof answers)[0]).refreshToken });
  });

  test('a token spent again within 10 seconds gives the same successor, which stays good', async () => {
    const { auth, clock } = await openAuth(kind);
    const first = await registerAda(auth);
    const next = await auth.refresh({ refreshToken: first.refreshToken });
    clock.advance(10_000);
    assert.equal((await auth.refresh({ refreshToken: first.refreshToken })).refreshToken, next.refreshToken);
    await auth.refresh({ refreshToken: next.refreshToken });
  });

  test('a token spent again later ends the session, for everybody, at once', async () => {
    const { auth, clock, lines } = await openAuth(kind);
    const first = await registerAda(auth);
    const elsewhere = await auth.login(ada, home);
    const next = await auth.refresh({ refreshToken: first.refreshToken });
    clock.advance(10_001);
    await auth.authenticate(next.accessToken);
    await assert.rejects(auth.refresh({ refreshToken: first.refreshToken }), problem('unauthenticated'));
    await assert.rejects(auth.authenticate(next.accessToken), problem('unauthenticated'));
    await assert.rejects(auth.refresh({ refreshToken: next.refreshToken }), problem('unauthenticated'));
    await assert.rejects(auth.refresh({ refreshToken: first.refreshToken }), problem('unauthenticated'));
    const warnings = lines.filter(({ level }) => level === 'warn');
    assert.deepEqual(warnings, [
      {
        level: 'warn',
        sessionId: first.principal.credential.id,
        message: 'a spent refresh token came again: its session was ended',
      },
    ]);
    const { id: sessionId } = (await auth.authenticate(elsewhere.accessToken)).credential;
    assert.notEqual(sessionId, first.principal.credential.id, 'other sessions go on');
  });

  test('twenty reuses at once end the session and are all refused', async () => {
    const { auth, clock } = await openAuth(kind);
    const first = await registerAda(auth);
    const next = await auth.refresh({ refreshToken: first.refreshToken });
    clock.advance(minuteMs);
    const attempts = Array.from({ length: 20 }, () => auth.refresh({ refreshToken: first.refreshToken }));
    for (const answer of await Promise.allSettled(attempts)) {
      assert.ok(answer.status === 'rejected' && problem('unauthenticated')(answer.reason));
    }
    await assert.rejects(auth.refresh({ refreshToken: next.refreshToken }), problem('unauthenticated'));
  });

  test('each refresh puts the end off; a token that was not used in time is refused', async () => {
    const { auth, clock, tokens } = await openAuth(kind);
    let { refreshToken } = await registerAda(auth);
    for (let month = 0; month < 3; month++) {
      clock.advance(29 * dayMs);
      ({ refreshToken } = await auth.refresh({ refreshToken }));
    }
    clock.advance(30 * dayMs);
    await assert.rejects(auth.refresh({ refreshToken }), problem('unauthenticated'));
    const successor = tokens.succeedRefresh(refreshToken);
    await assert.rejects(
      auth.refresh({ refreshToken: successor }),
      problem('unauthenticated'),
      'nothing was left behind',
    );
  });

  test('an access token does not outlive its session, and goes on with it', async () => {
    const { auth, clock, tokens } = await openAuth(kind);
    const { principal, refreshToken } = await registerAda(auth);
    const claims = { userId: principal.user.id, sessionId: principal.credential.id, role: 'user' };
    const longLived = await tokens.issueAccess(claims, 100 * dayMs);
    clock.advance(30 * dayMs - 1);
    await auth.authenticate(longLived);
    await auth.refresh({ refreshToken });
    clock.advance(1);
    await auth.authenticate(longLived);
    clock.advance(30 * dayMs);
    await assert.rejects(auth.authenticate(longLived), problem('unauthenticated'));
  });

  test('spent tokens are forgotten when they would have expired', async () => {
    const { auth, clock, database } = await openAuth(kind);
    let { refreshToken } = await registerAda(auth);
    for (let count = 0; count < 10; count++) {
      clock.advance(10 * dayMs);
      ({ refreshToken } = await auth.refresh({ refreshToken }));
    }
    const rows = await database.read((reader) =>
      reader.all({ sql: 'SELECT 1 AS one FROM _plinth_refresh_tokens', parameters: [] }),
    );
    assert.equal(rows.length, 3);
  });

  test('a token is stored hashed only', async () => {
    const { auth, database } = await openAuth(kind);
    const first = await registerAda(auth);
    const next = await auth.refresh({ refreshToken: first.refreshToken });
    const rows = await database.read((reader) =>
      reader.all<{ hash: string }>({ sql: 'SELECT hash FROM _plinth_refresh_tokens', parameters: [] }),
    );
    for (const { hash } of rows) assert.match(hash, /^[0-9a-f]{64}$/);
    assert.ok(![first, next].some(({ refreshToken }) => JSON.stringify(rows).includes(refreshToken)));
  });

  test('what is no refresh token, and an access token, are refused', async () => {
    const { auth } = await openAuth(kind);
    const { accessToken } = await registerAda(auth);
    const never = 'A'.repeat(43);
    for (const refreshToken of [
      '',
      'x',
      never,
      accessToken,
      'x'.repeat(1_000_000),
      `${never}\n`,
      'é'.repeat(43),
    ]) {
      await assert.rejects(auth.refresh({ refreshToken }), problem('unauthenticated'));
    }
    await assert.rejects(auth.refresh({}), problem('validation_failed', { '/refreshToken': 'required' }));
    await assert.rejects(
      auth.refresh({ refreshToken: 1 }),
      problem('validation_failed', { '/refreshToken': 'type' }),
    );
    await assert.rejects(
      auth.refresh({ refreshToken: never, x: 1 }),
      problem('validation_failed', { '/x': 'unknown' }),
    );
  });

  test('the role in a new access token is the one the user has now', async () => {
    const { auth } = await openAuth(kind);
    const first = await registerAda(auth);
    await auth.administration.setRole(ada.email, 'editor');
    const { accessToken, user } = await auth.refresh({ refreshToken: first.refreshToken });
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] as string, 'base64url').toString()) as {
      role: string;
    };
    assert.deepEqual([claims.role, user.role], ['editor', 'editor']);
  });

  test('expired sessions are cleared away at start', async () => {
    const { auth, clock, database } = await openAuth(kind);
    await auth.register(ada, home);
    clock.advance(31 * dayMs);
    auth.start();
    auth.start();
    await auth.stop();
    await auth.stop();
    const rows = await database.read((reader) =>
      reader.all({ sql: 'SELECT id FROM _plinth_sessions', parameters: [] }),
    );
    assert.equal(rows.length, 0);
  });
});
