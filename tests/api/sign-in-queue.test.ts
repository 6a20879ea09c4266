import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../support/plinth/app.ts';
import { assertProblem } from '../support/problems.ts';

test('when too many passwords wait to be hashed, further sign-ins are 503 with a time to wait', async () => {
  const cost = { memoryKib: 8 * 1024, passes: 2, parallelism: 1 };
  const app = await startApp({ passwords: { cost, parallel: 1, waitingMax: 4 } });
  const { user } = await app.signUp();
  const ask = (url: string, body: unknown) =>
    app.inject({
      method: 'POST',
      url,
      payload: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const logIn = (index: number) => {
    const email = index % 2 === 0 ? String(user.email) : `stranger-${index}@example.org`;
    return ask('/auth/login', { email, password: 'wrong horse battery' });
  };
  const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => logIn(index)));
  const refused = answers.filter(({ statusCode }) => statusCode === 503);
  for (const answer of refused) {
    assertProblem(answer, 'unavailable');
    assert.match(String(answer.headers['retry-after']), /^[1-9]\d*$/);
  }
  const verified = answers.filter(({ statusCode }) => statusCode === 401);
  assert.equal(verified.length + refused.length, 40);
  assert.ok(verified.length >= 5 && refused.length >= 20, `${verified.length} were verified`);
  const registered = await ask('/auth/register', {
    email: 'late@example.org',
    password: 'correct horse battery',
  });
  assert.equal(registered.statusCode, 201, 'the queue is open again');
});
