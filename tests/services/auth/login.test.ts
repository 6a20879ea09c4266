import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPrincipal } from '#domain/access/principal.ts';
import { createPasswords } from '#platform/passwords.ts';
import { eachDatabase } from '../../support/databases.ts';
import { ada, home, openAuth, problem } from './fixture.ts';
import { cheapHashes } from '../../support/plinth/services.ts';
import { dayMs } from '../../support/plinth/clock.ts';

eachDatabase((kind) => {
  test('signing in gives another pair and another session', async () => {
    const { auth } = await openAuth(kind);
    const first = await auth.register(ada, home);
    const second = await auth.login(ada, { address: '2001:db8::1', agent: null });
    assert.deepEqual(second.user, first.user);
    assert.notEqual(second.refreshToken, first.refreshToken);
    const principal = await auth.authenticate(second.accessToken);
    const [latest, earlier] = await auth.sessions(principal);
    assert.deepEqual([latest?.address, latest?.agent, latest?.current], ['2001:db8::1', null, true]);
    assert.deepEqual([earlier?.address, earlier?.agent, earlier?.current], ['192.0.2.1', 'test', false]);
  });

  test('a wrong password, an unknown address and what is no address are answered alike', async () => {
    const { auth, records, database } = await openAuth(kind);
    await auth.register(ada, home);
    await database.write((transaction) =>
      records.within.create(transaction, systemPrincipal, 'users', { email: 'none@example.com' }),
    );
    const answers: string[] = [];
    for (const body of [
      { ...ada, password: 'wrong horse' },
      { ...ada, password: '' },
      { ...ada, password: 'x'.repeat(100_000) },
      { ...ada, password: '\ud800' },
      { ...ada, email: 'eve@example.com' },
      { ...ada, email: 'none@example.com' },
      { ...ada, email: 'not an address' },
      { ...ada, email: '' },
    ]) {
      await assert.rejects(auth.login(body, home), (error: Error & { details?: object }) => {
        answers.push(JSON.stringify([error.message, error.details]));
        return problem('invalid_credentials')(error);
      });
    }
    assert.equal(new Set(answers).size, 1);
    const principal = await auth.authenticate((await auth.login(ada, home)).accessToken);
    assert.equal((await auth.sessions(principal)).length, 2, 'failed sign-ins leave no session');
  });

  test('every refused sign-in asks the database once and hashes once, and writes nothing', async () => {
    const real = createPasswords({ cost: cheapHashes });
    const work: string[] = [];
    const passwords = {
      ...real,
      verify: (password: string, stored: string | null) => {
        work.push('verify');
        return real.verify(password, stored);
      },
      hash: (password: string) => {
        work.push('hash');
        return real.hash(password);
      },
    };
    const { auth, database } = await openAuth(kind, { passwords });
    await auth.register(ada, home);
    const [read, write] = [database.read.bind(database), database.write.bind(database)];
    database.read = (inside) => {
      work.push('read');
      return read(inside);
    };
    database.write = (inside) => {
      work.push('write');
      return write(inside);
    };
    for (const email of [ada.email, 'eve@example.com', 'no address']) {
      work.length = 0;
      await assert.rejects(
        auth.login({ email, password: 'wrong horse' }, home),
        problem('invalid_credentials'),
      );
      assert.deepEqual(work, ['read', 'verify'], email);
    }
  });

  test('every member that is wrong is named', async () => {
    const { auth } = await openAuth(kind);
    await assert.rejects(
      auth.login({ email: 7, 'o/~th': 1 }, home),
      problem('validation_failed', { '/email': 'type', '/password': 'required', '/o~1~0th': 'unknown' }),
    );
    await assert.rejects(auth.login('x', home), problem('validation_failed', { '': 'type' }));
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${index}`.repeat(500), 1]));
    await assert.rejects(auth.login(many, home), (error: Error & { details?: { errors?: unknown[] } }) => {
      assert.ok(error.details?.errors?.length === 100 && JSON.stringify(error.details).length < 50_000);
      return true;
    });
  });

  test('a hash of another cost is replaced when its password is used', async () => {
    const rig = await openAuth(kind);
    const { user } = await rig.auth.register(ada, home);
    const old = await createPasswords({ cost: { memoryKib: 32, passes: 2, parallelism: 1 } }).hash(
      ada.password,
    );
    const stored = () =>
      rig.database.read(async (reader) => {
        const rows = await reader.all<{ hash: string }>({
          sql: 'SELECT hash FROM _plinth_credentials',
          parameters: [],
        });
        return rows[0]?.hash;
      });
    const { build } = rig.database;
    await rig.database.write((transaction) =>
      transaction.run(
        build.updateTable('_plinth_credentials').set({ hash: old }).where('user', '=', user.id).compile(),
      ),
    );
    await assert.rejects(
      rig.auth.login({ ...ada, password: 'wrong horse' }, home),
      problem('invalid_credentials'),
    );
    assert.equal(await stored(), old);
    await rig.auth.login(ada, home);
    assert.match((await stored()) ?? '', /\$m=64,t=1,p=1\$/);
    await rig.auth.login(ada, home);
  });

  test('a sign-in with the old password that is overtaken by a change of it does not slip through', async () => {
    const real = createPasswords({ cost: cheapHashes });
    const verified = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow = await openAuth(kind, {
      passwords: {
        ...real,
        async verify(password, stored) {
          const verdict = await real.verify(password, stored);
          verified.resolve();
          await goOn.promise;
          return verdict;
        },
      },
    });
    const { user } = await slow.auth.register(ada, home);
    const login = slow.auth.login(ada, home);
    await verified.promise;
    await slow.auth.administration.setPassword(ada.email, 'battery staple');
    goOn.resolve();
    await assert.rejects(login, problem('invalid_credentials'));
    const sessions = await slow.database.read((reader) =>
      reader.all({ sql: 'SELECT id FROM _plinth_sessions', parameters: [] }),
    );
    assert.deepEqual([sessions.length, user.email], [0, ada.email]);
  });

  test('the user agent is stored cut and without control characters', async () => {
    const { auth } = await openAuth(kind);
    await auth.register(ada, home);
    const { accessToken } = await auth.login(ada, {
      address: '192.0.2.1',
      agent: `a\0b\n${'😀'.repeat(400)}`,
    });
    const [latest] = await auth.sessions(await auth.authenticate(accessToken));
    assert.equal(latest?.agent?.length, 300);
    assert.ok(latest.agent.startsWith('a b 😀'));
  });

  test('a user has at most 100 sessions, and the expired ones go when the next begins', async () => {
    const { auth, clock, database } = await openAuth(kind);
    await auth.register(ada, home);
    let latest = '';
    for (let count = 0; count < 104; count++) {
      clock.advance(1000);
      latest = (await auth.login(ada, home)).accessToken;
    }
    assert.equal((await auth.sessions(await auth.authenticate(latest))).length, 100);
    clock.advance(31 * dayMs);
    await auth.login(ada, home);
    for (const table of ['_plinth_sessions', '_plinth_refresh_tokens']) {
      const rows = await database.read((reader) =>
        reader.all({ sql: `SELECT 1 AS one FROM ${table}`, parameters: [] }),
      );
      assert.equal(rows.length, 1, table);
    }
  });
});
