import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { SignJWT } from 'jose';
import { Problem, type ProblemDetails } from '#domain/errors/problem.ts';
import { createTokens, deriveKey } from '#platform/tokens.ts';
import { TestClock } from '../support/plinth/clock.ts';

const secret = 'a secret of at least thirty-two bytes';
const claims = {
  userId: '0198c0de-0000-7000-8000-000000000001',
  sessionId: '0198c0de-0000-7000-8000-000000000002',
  role: 'user',
};
const startsAt = '2026-01-31T10:00:00.250Z';
const start = Date.parse(startsAt);

function setting() {
  const clock = new TestClock(startsAt);
  const tokens = createTokens({ secret, clock });
  return { clock, tokens };
}

function decode(token: string): [Record<string, unknown>, Record<string, unknown>] {
  const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return [JSON.parse(header as string), JSON.parse(payload as string)];
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function isProblem(code: string) {
  return (error: unknown) =>
    error instanceof Problem && error.code === code && Object.keys(shown(error.details)).length === 0;
}

function shown({ cause: _logged, ...details }: ProblemDetails): ProblemDetails {
  return details;
}

suite('an access token', () => {
  test('is a JWT of type at+jwt with the claims of the contract', async () => {
    const { tokens } = setting();
    const [header, payload] = decode(await tokens.issueAccess(claims, 900_000));
    assert.deepEqual(header, { alg: 'HS256', typ: 'at+jwt' });
    const { userId: sub, sessionId: sid, role } = claims;
    const iat = Math.floor(start / 1000);
    assert.deepEqual(payload, { sub, sid, role, iss: 'plinth', aud: 'plinth', iat, exp: iat + 900 });
  });

  test('is verified to its claims, the first time and from memory', async () => {
    const { tokens } = setting();
    const token = await tokens.issueAccess(claims, 900_000);
    const expected = { ...claims, expiresAtMs: (Math.floor(start / 1000) + 901) * 1000 };
    assert.deepEqual(await tokens.verifyAccess(token), expected);
    assert.deepEqual(await tokens.verifyAccess(token), expected);
  });

  test('says the lifetime that was asked for, at whatever moment of a second it is made', async () => {
    const { tokens, clock } = setting();
    for (const fraction of [0, 1, 250, 500, 999]) {
      clock.ms = Math.floor(start / 1000) * 1000 + fraction;
      const token = await tokens.issueAccess(claims, 60_000);
      const { iat, exp } = decode(token)[1] as { iat: number; exp: number };
      assert.equal(exp - iat, 60);
      clock.advance(59_999);
      await createTokens({ secret, clock }).verifyAccess(token);
      clock.advance(1_001);
      await assert.rejects(tokens.verifyAccess(token), isProblem('token_expired'));
    }
  });

  test('expires, also when it is remembered, and not a moment before its time', async () => {
    const { tokens, clock } = setting();
    const token = await tokens.issueAccess(claims, 60_000);
    clock.ms = start + 60_000;
    await tokens.verifyAccess(token);
    clock.ms = start + 61_000;
    await assert.rejects(tokens.verifyAccess(token), isProblem('token_expired'));
    await assert.rejects(tokens.verifyAccess(token), isProblem('token_expired'));
  });

  test('of another secret, issuer or audience is refused', async () => {
    const { tokens } = setting();
    const clock = new TestClock(startsAt);
    for (const other of [
      { secret: `${secret}!`, clock },
      { secret, clock, issuer: 'other' },
      { secret, clock, audience: 'other' },
    ]) {
      const token = await createTokens(other).issueAccess(claims, 60_000);
      await assert.rejects(tokens.verifyAccess(token), isProblem('unauthenticated'));
    }
  });

  test('of ours whose claims are of another type is refused', async () => {
    const { tokens } = setting();
    const { userId: sub, sessionId: sid, role } = claims;
    const good = { sub, sid, role, iss: 'plinth', aud: 'plinth', iat: start / 1000, exp: start / 1000 + 60 };
    const sign = (payload: object) =>
      new SignJWT(payload as Record<string, unknown>)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
        .sign(deriveKey(secret, 'access-token'));
    assert.equal((await tokens.verifyAccess(await sign(good))).userId, sub);
    const wrong = [7, '', 'x', null, true, {}, [sub], ['x'], `${sub}\0`];
    const types = wrong.flatMap((value) => [{ sub: value }, { sid: value }]);
    const others = [{ role: 7 }, { role: null }, { role: ['admin'] }, { exp: 'soon' }, { exp: null }, { iat: {} }, { iss: 7 }, { aud: {} }]; // prettier-ignore
    for (const claim of [...types, ...others]) {
      const token = await sign({ ...good, ...claim });
      await assert.rejects(tokens.verifyAccess(token), isProblem('unauthenticated'), JSON.stringify(claim));
    }
  });

  test('that was tampered with is refused', async () => {
    const { tokens } = setting();
    const token = await tokens.issueAccess(claims, 60_000);
    await tokens.verifyAccess(token);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const forgeries = {
      'alg none': `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
      'alg none, signature kept': `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.${signature}`,
      'another role': `${header}.${encode({ ...decode(token)[1], role: 'admin' })}.${signature}`,
      truncated: token.slice(0, -2),
      'without signature': `${header}.${payload}.`,
      'two parts': `${header}.${payload}`,
      'a fourth part': `${token}.x`,
      'space in front': ` ${token}`,
      'broken JSON': `${header}.e30x.${signature}`,
      empty: '',
      huge: `${token}${'x'.repeat(1_000_000)}`,
      'not ASCII': 'é.é.é',
    };
    for (const [name, forged] of Object.entries(forgeries)) {
      await assert.rejects(tokens.verifyAccess(forged), isProblem('unauthenticated'), name);
    }
  });

  test('signed with our key but another algorithm, type or set of claims is refused', async () => {
    const { tokens } = setting();
    const key = deriveKey(secret, 'access-token');
    const iat = Math.floor(start / 1000);
    const full = {
      sub: claims.userId,
      sid: claims.sessionId,
      role: 'user',
      iss: 'plinth',
      aud: 'plinth',
      iat,
      exp: iat + 60,
    };
    const sign = (payload: object, header: object) =>
      new SignJWT({ ...payload }).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header }).sign(key);
    const { exp: _exp, ...endless } = full;
    const { sid: _sid, ...sessionless } = full;
    const signedByHand = (header: object) => {
      const body = `${encode(header)}.${encode(full)}`;
      return `${body}.${createHmac('sha384', key).update(body).digest('base64url')}`;
    };
    for (const forged of [
      await sign(full, { typ: 'JWT' }),
      await sign(full, { typ: undefined }),
      await sign(endless, {}),
      await sign(sessionless, {}),
      await sign({ ...full, nbf: iat + 30 }, {}),
      signedByHand({ alg: 'HS384', typ: 'at+jwt' }),
      signedByHand({ alg: 'HS256', typ: 'at+jwt' }),
      signedByHand({ alg: 'HS256', typ: 'at+jwt', crit: ['x'], x: 1 }),
    ]) {
      await assert.rejects(tokens.verifyAccess(forged), isProblem('unauthenticated'));
    }
    await tokens.verifyAccess(await sign(full, {}));
  });

  test('that has expired but is not ours says nothing about its time', async () => {
    const { tokens, clock } = setting();
    const foreign = await createTokens({
      secret: `${secret}!`,
      clock: new TestClock(startsAt),
    }).issueAccess(claims, 1_000);
    clock.ms = start + 3_600_000;
    await assert.rejects(tokens.verifyAccess(foreign), isProblem('unauthenticated'));
  });
});

suite('a refresh token', () => {
  test('is 256 random bits in base64url, stored as a digest', () => {
    const { tokens } = setting();
    const token = tokens.createRefresh();
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(token, tokens.createRefresh());
    assert.match(tokens.digestRefresh(token), /^[0-9a-f]{64}$/);
    assert.ok(tokens.isRefresh(token) && !tokens.isRefresh(`${token}x`) && !tokens.isRefresh(`${token}\n`));
  });

  test('has one successor on every replica, which needs the secret to compute', () => {
    const { tokens } = setting();
    const token = tokens.createRefresh();
    const next = tokens.succeedRefresh(token);
    assert.equal(setting().tokens.succeedRefresh(token), next);
    assert.ok(tokens.isRefresh(next) && next !== token && tokens.succeedRefresh(next) !== token);
    const other = createTokens({ secret: `${secret}!`, clock: new TestClock(startsAt) });
    assert.notEqual(other.succeedRefresh(token), next);
  });
});

suite('derived keys', () => {
  test('differ by purpose and by secret, and are the same each time', () => {
    const hex = (from: string, purpose: string) => deriveKey(from, purpose).toString('hex');
    assert.equal(hex(secret, 'cursor'), hex(secret, 'cursor'));
    assert.equal(deriveKey(secret, 'cursor').length, 32);
    const distinct = new Set([
      hex(secret, 'cursor'),
      hex(secret, 'access-token'),
      hex(`${secret}!`, 'cursor'),
      secret,
    ]);
    assert.equal(distinct.size, 4);
  });
});
