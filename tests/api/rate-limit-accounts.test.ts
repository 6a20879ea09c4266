import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startApp, type Received, type Sent, type TestApp } from '../support/plinth/app.ts';

const password = 'correct horse battery';
let addresses = 0;
const newAddress = () => `203.0.113.${(addresses += 1)}`;
let people = 0;
const newEmail = () => `owner-${(people += 1)}@example.org`;

describe('limits on signing in', () => {
  let app: TestApp;
  before(async () => {
    app = await startApp({
      settings: { RATE_LIMIT: 'on', RATE_LIMIT_AUTH: '3/1h', TRUSTED_PROXIES: '127.0.0.1' },
    });
  });

  const post = (path: string, body: object, address = newAddress(), sent: Sent = {}): Promise<Received> =>
    app.send('POST', path, { ...sent, body, headers: { 'x-forwarded-for': address } });
  const login = (email: string, word = password, address = newAddress()) =>
    post('/auth/login', { email, password: word }, address);
  const statuses = async (count: number, request: () => Promise<Received>) => {
    const found: number[] = [];
    for (let i = 0; i < count; i += 1) found.push((await request()).status);
    return found;
  };

  /** Somebody who has registered, from an address of their own. */
  async function register() {
    const [email, address] = [newEmail(), newAddress()];
    const { status, body } = await post('/auth/register', { email, password }, address);
    assert.equal(status, 201);
    return { email, address, token: String(body.accessToken), refreshToken: String(body.refreshToken) };
  }

  test('hold for an address, whatever account it tries and however it ends', async () => {
    const address = newAddress();
    const results = [
      await post('/auth/register', { email: newEmail(), password }, address),
      await login(newEmail(), 'wrong password', address),
      await post('/auth/refresh', { refreshToken: 'nonsense' }, address),
      await login(newEmail(), 'wrong password', address),
    ];
    assert.deepEqual(
      results.map(({ status }) => status),
      [201, 401, 401, 429],
    );
    assert.equal(results[0]?.headers['ratelimit-policy'], '"auth";q=3;w=3600');
    assert.equal(results[3]?.headers.ratelimit, '"auth";r=0;t=3600');
  });

  for (const path of ['/auth/login', '/auth/register', '/auth/refresh', '/auth/password', '/auth/email']) {
    test(`hold for an address at ${path}, without a body that is any good`, async () => {
      const address = newAddress();
      assert.deepEqual((await statuses(4, () => post(path, {}, address))).at(-1), 429);
    });
  }

  test('hold for an account, whatever addresses are used and however it is spelled', async () => {
    const email = newEmail();
    const spellings = [email, email.toUpperCase(), ` ${email} `, email];
    const results: Received[] = [];
    for (const spelling of spellings) results.push(await login(spelling, 'wrong password'));
    assert.deepEqual(
      results.map(({ status }) => status),
      [401, 401, 401, 429],
    );
    assert.match(String(results[3]?.headers['retry-after']), /^1(200|199|198)$/);
    assert.equal(results[3]?.headers.ratelimit, '"auth";r=0;t=3600');
  });

  test('are the same for an account that is there and one that is not', async () => {
    const { email } = await register();
    const known = await statuses(5, () => login(email, 'wrong password'));
    assert.deepEqual(known, await statuses(5, () => login('nobody@example.org', 'wrong password')));
  });

  test('do not count those who sign in', async () => {
    const { email } = await register();
    assert.deepEqual(await statuses(6, () => login(email)), [200, 200, 200, 200, 200, 200]);
  });

  test('leave the owner a way in where they are signed in already', async () => {
    const { email, address } = await register();
    assert.deepEqual(await statuses(4, () => login(email, 'wrong password')), [401, 401, 401, 429]);
    assert.equal((await login(email, password, address)).status, 200);
    // Not without limit, though.
    const { email: other, address: shared } = await register();
    await statuses(3, () => login(other, 'wrong password'));
    assert.deepEqual(await statuses(3, () => login(other, 'wrong password', shared)), [401, 401, 429]);
  });

  test('cannot be used by a stranger to keep the owner out, wherever they are', async () => {
    const { email } = await register();
    const stranger = newAddress();
    const guess = (from: string) => login(email, 'wrong password', from);
    const others = [newAddress(), newAddress(), newAddress()];
    assert.deepEqual(await Promise.all(others.map(async (from) => (await guess(from)).status)), [401, 401, 401]); // prettier-ignore
    // The account is used up, and the stranger goes on as long as their address lets them.
    assert.deepEqual(await statuses(4, () => guess(stranger)), [429, 429, 429, 429]);
    assert.equal((await login(email)).status, 200, 'from a new address');
    const fresh = newAddress();
    const wrong = await guess(fresh);
    assert.equal(wrong.status, 429, 'a wrong password there is answered like any other');
    assert.match(String(wrong.headers['retry-after']), /^1[12]\d\d$/);
    assert.equal(
      (await login(email, password, fresh)).status,
      429,
      'and who has failed there is new no more',
    );
    assert.equal((await login(email)).status, 200);
  });

  test('give newcomers together no more tries than the quota', async () => {
    const { email } = await register();
    await statuses(3, () => login(email, 'wrong password'));
    assert.deepEqual(await statuses(3, () => login(email, 'wrong password')), [429, 429, 429]);
    assert.equal((await login(email)).status, 429);
    // At once from one address they are one.
    const { email: other } = await register();
    await statuses(3, () => login(other, 'wrong password'));
    const address = newAddress();
    await Promise.all([1, 2, 3].map(() => login(other, 'wrong password', address)));
    assert.equal((await login(other)).status, 200);
  });

  test('let no more guesses run at a time than may still fail', async () => {
    const { email } = await register();
    const guesses = await Promise.all(Array.from({ length: 20 }, () => login(email, 'wrong password')));
    const answered = guesses.filter(({ status }) => status === 401);
    assert.equal(answered.length, 3);
    assert.ok(guesses.every(({ status, headers }) => status === 401 || Number(headers['retry-after']) >= 1));
  });

  test('count wrong passwords of a session for the account too', async () => {
    const { email, token } = await register();
    const change = (current: string, address = newAddress()) =>
      post('/auth/password', { current, new: 'another long one' }, address, { token });
    assert.deepEqual(await statuses(4, () => change('wrong password')), [401, 401, 401, 429]);
    assert.equal((await login(email, 'wrong password')).status, 429);
  });

  test('hold for addresses that a session tries to change to, at every door', async () => {
    const [taken, { token, email }] = [await register(), await register()];
    const id = (await app.send('GET', '/auth/me', { token })).body.id as string;
    const change = (tried: string, word = password) =>
      post('/auth/email', { email: tried, password: word }, newAddress(), { token });
    assert.deepEqual(await statuses(4, () => change(taken.email)), [409, 409, 409, 429]);
    assert.equal((await change(newEmail())).status, 429, 'the user has used their tries up');
    const body = { email: taken.email };
    const operations = [{ method: 'PATCH', path: `/v1/users/${id}`, body }];
    const others = [
      await app.send('PATCH', `/v1/users/${id}`, { token, body }),
      await app.send('PUT', `/v1/users/${id}`, { token, body }),
      await app.send('POST', '/batch', { token, body: { operations } }),
    ];
    const free = await app.send('PATCH', `/v1/users/${id}`, { token, body: { email: newEmail() } });
    for (const { status, body: told } of [...others, free]) {
      assert.deepEqual([status, told.code], [403, 'forbidden'], 'taken or not');
    }
    assert.equal((await app.send('GET', '/auth/me', { token })).body.email, email);
  });

  test('do not count wrong passwords for the address that they were to change to', async () => {
    const { token } = await register();
    const email = newEmail();
    const guess = () => post('/auth/email', { email, password: 'wrong password' }, newAddress(), { token });
    assert.deepEqual(await statuses(4, guess), [401, 401, 401, 429]);
    assert.equal((await post('/auth/register', { email, password })).status, 201);
  });

  test('do not let a taken address be asked for again and again', async () => {
    const { email } = await register();
    const again = () => post('/auth/register', { email, password });
    assert.deepEqual(await statuses(4, again), [409, 409, 409, 429]);
    assert.equal((await login(email)).status, 200, 'that does not keep the owner out');
  });

  test('count refreshed tokens for their account, and do not spend one that is refused', async () => {
    const { refreshToken } = await register();
    let token = refreshToken;
    const refresh = async () => {
      const answer = await post('/auth/refresh', { refreshToken: token });
      if (answer.status === 200) token = String(answer.body.refreshToken);
      return answer;
    };
    assert.deepEqual(await statuses(4, refresh), [200, 200, 200, 429]);
    const next = await app.app.auth.refresh({ refreshToken: token });
    assert.notEqual(next.refreshToken, token, 'it is still good');
  });

  test('do not touch the rest of the service', async () => {
    const { token, address } = await register();
    await statuses(4, () => login(newEmail(), 'wrong password', address));
    const me = await app.send('GET', '/auth/me', { token, headers: { 'x-forwarded-for': address } });
    assert.equal(me.status, 200);
    assert.match(String(me.headers['ratelimit-policy']), /^"default"/);
  });
});
