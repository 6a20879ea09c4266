import assert from 'node:assert/strict';
import crypto, { argon2Sync } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { suite, test } from 'node:test';
import { Problem } from '#domain/errors/problem.ts';
import { createPasswords, refusePassword } from '#platform/passwords.ts';
import { encodePhc, parsePhc } from '#platform/phc.ts';

const cheap = { memoryKib: 64, passes: 1, parallelism: 1 };

suite('a password hash', () => {
  test('has the OWASP parameters and the PHC form unless told otherwise', async () => {
    const stored = await createPasswords().hash('correct horse');
    assert.match(stored, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  });

  test('matches the password it was made from and no other', async () => {
    const passwords = createPasswords({ cost: cheap });
    const stored = await passwords.hash('correct horse');
    assert.deepEqual(await passwords.verify('correct horse', stored), { matches: true, outdated: false });
    assert.deepEqual(await passwords.verify('correct horsE', stored), { matches: false, outdated: false });
    assert.deepEqual(await passwords.verify('', stored), { matches: false, outdated: false });
  });

  test('is salted: the same password gives another hash', async () => {
    const passwords = createPasswords({ cost: cheap });
    assert.notEqual(await passwords.hash('correct horse'), await passwords.hash('correct horse'));
  });

  test('made with another cost still matches, and is called outdated', async () => {
    const stored = await createPasswords({ cost: { memoryKib: 128, passes: 3, parallelism: 2 } }).hash(
      'correct horse',
    );
    const passwords = createPasswords({ cost: cheap });
    assert.deepEqual(await passwords.verify('correct horse', stored), { matches: true, outdated: true });
    assert.deepEqual(await passwords.verify('wrong', stored), { matches: false, outdated: false });
  });

  test('of another library in PHC form is understood', async () => {
    const salt = Buffer.from('somesalt of anyone');
    const hash = argon2Sync('argon2id', {
      message: 'correct horse',
      nonce: salt,
      tagLength: 24,
      memory: 256,
      passes: 4,
      parallelism: 2,
    });
    const stored = `$argon2id$v=19$m=256,t=4,p=2$${salt.toString('base64').replace(/=+$/, '')}$${hash.toString('base64')}`;
    assert.equal((await createPasswords({ cost: cheap }).verify('correct horse', stored)).matches, true);
  });

  for (const broken of [
    '',
    'plain text',
    '$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    '$argon2id$v=16$m=64,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    '$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    '$argon2id$v=19$m=64,t=99,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    '$argon2id$v=19$m=8,t=1,p=4$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A',
    '$argon2id$v=19$m=64,t=1,p=1$$',
  ]) {
    test(`that cannot be read matches nothing: ${JSON.stringify(broken.slice(0, 34))}`, async () => {
      assert.equal(parsePhc(broken), null);
      assert.equal((await createPasswords({ cost: cheap }).verify('correct horse', broken)).matches, false);
    });
  }

  test('survives encoding and parsing', () => {
    const phc = { cost: cheap, salt: Buffer.alloc(16, 7), hash: Buffer.alloc(32, 9) };
    assert.deepEqual(parsePhc(encodePhc(phc)), phc);
  });

  test('that is missing matches nothing, and costs the same work', async (t) => {
    const passwords = createPasswords();
    const stored = await passwords.hash('correct horse');
    const derive = t.mock.method(crypto, 'argon2');
    syncBuiltinESMExports();
    t.after(() => {
      derive.mock.restore();
      syncBuiltinESMExports();
    });
    for (const phc of [stored, null]) {
      assert.equal((await passwords.verify('wrong horse', phc)).matches, false);
    }
    const work = derive.mock.calls.map(({ arguments: [algorithm, { nonce, ...parameters }] }) => ({
      algorithm,
      ...parameters,
      nonce: (nonce as Buffer).length,
    }));
    assert.equal(work.length, 2, 'one hash each');
    assert.deepEqual(work[1], work[0]);
  });
});

suite('the form of a password', () => {
  test('is one for every way to type the same text', async () => {
    const passwords = createPasswords({ cost: cheap });
    const stored = await passwords.hash('Zo\u00eb\u2126 ligature \ufb01 \uff11');
    assert.equal((await passwords.verify('Zoe\u0308\u03a9 ligature fi 1', stored)).matches, true);
    assert.equal((await passwords.verify('Zoe\u03a9 ligature fi 1', stored)).matches, false);
  });

  test('is never cut: a difference in the last of 128 characters counts', async () => {
    const passwords = createPasswords({ cost: cheap });
    const stored = await passwords.hash(`${'x'.repeat(127)}a`);
    assert.equal((await passwords.verify(`${'x'.repeat(127)}b`, stored)).matches, false);
    assert.equal((await passwords.verify(`${'x'.repeat(127)}a`, stored)).matches, true);
    assert.equal((await passwords.verify(`${'x'.repeat(127)}aa`, stored)).matches, false);
  });

  test('has 8 to 128 code points after normalisation', () => {
    assert.equal(refusePassword('1234567', null)?.code, 'minLength');
    assert.equal(refusePassword('4 words?', null), null);
    assert.equal(refusePassword('é'.repeat(128), null), null);
    assert.equal(refusePassword('é'.repeat(129), null)?.code, 'maxLength');
    assert.equal(refusePassword('e\u0301'.repeat(128), null), null, '256 code points that come down to 128');
    assert.equal(
      refusePassword('e\u0301'.repeat(7), null)?.code,
      'minLength',
      '14 code points that come down to 7',
    );
    assert.equal(refusePassword('😀'.repeat(128), null), null, 'code points count, not UTF-16 units');
    assert.equal(refusePassword('😀'.repeat(7), null)?.code, 'minLength');
    assert.equal(refusePassword('\ufdfa', null), null, 'one ligature that is 18 characters');
    assert.equal(refusePassword('\ufdfa'.repeat(8), null)?.code, 'maxLength');
  });

  test('is not one of those that are tried first, in whatever case and form', () => {
    for (const common of [
      'password',
      'PassWord',
      '1234567890',
      'p@ssw0rd',
      '\uff51\uff57\uff45\uff52tyuiop',
    ]) {
      assert.equal(refusePassword(common, null)?.code, 'common', common);
    }
    assert.equal(refusePassword('password of mine', null), null);
  });

  test("is not the account's own address, nor what stands before the @ in it", () => {
    for (const own of ['ada.lovelace@example.com', 'Ada.Lovelace', 'ADA.LOVELACE@EXAMPLE.COM']) {
      assert.equal(refusePassword(own, 'ada.lovelace@example.com')?.code, 'address', own);
    }
    assert.equal(refusePassword('eve@example.com', 'ada.lovelace@example.com'), null);
  });

  test('of a megabyte is refused without normalising it', (t) => {
    const normalise = t.mock.method(String.prototype, 'normalize');
    assert.equal(refusePassword('\ufdfa'.repeat(1_000_000), null)?.code, 'maxLength');
    assert.equal(normalise.mock.callCount(), 0);
  });

  test('is well-formed Unicode', async () => {
    assert.equal(refusePassword('\ud800 long enough', null)?.code, 'format');
    const passwords = createPasswords({ cost: cheap });
    const stored = await passwords.hash('\ufffd long enough');
    assert.equal((await passwords.verify('\ud800 long enough', stored)).matches, false);
    const empty = await passwords.hash('');
    assert.equal(
      (await passwords.verify('\ud800', empty)).matches,
      false,
      'what cannot be a password is not the empty one',
    );
    assert.equal((await passwords.verify('x'.repeat(5000), empty)).matches, false);
  });

  test('may contain any character, NUL and spaces at its ends included', async () => {
    const passwords = createPasswords({ cost: cheap });
    const stored = await passwords.hash(' a\0bcdefg ');
    assert.equal((await passwords.verify(' a\0bcdefg ', stored)).matches, true);
    assert.equal((await passwords.verify('a\0bcdefg', stored)).matches, false);
    assert.equal((await passwords.verify(' a', stored)).matches, false);
  });
});

suite('many passwords at once', () => {
  test('are hashed in order of arrival', async () => {
    const passwords = createPasswords({ cost: cheap, parallel: 1 });
    const done: number[] = [];
    await Promise.all(
      [0, 1, 2, 3].map((turn) => passwords.hash('correct horse').then(() => done.push(turn))),
    );
    assert.deepEqual(done, [0, 1, 2, 3]);
  });

  test('wait up to a limit; beyond it the answer is "unavailable" with a time to wait', async () => {
    const passwords = createPasswords({ cost: cheap, parallel: 1, waitingMax: 2 });
    const answers = await Promise.allSettled([1, 2, 3, 4, 5].map(() => passwords.hash('correct horse')));
    assert.deepEqual(
      answers.map((answer) => answer.status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
    );
    const reason: unknown = (answers[4] as PromiseRejectedResult).reason;
    assert.ok(reason instanceof Problem && reason.code === 'unavailable');
    assert.ok((reason.details.retryAfterSeconds ?? 0) >= 1);
    assert.match(await passwords.hash('correct horse'), /^\$argon2id/, 'and the queue is open again');
  });
});
