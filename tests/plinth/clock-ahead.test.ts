import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../support/databases.ts';
import { startApp, type TestApp } from '../support/plinth/app.ts';
import { dayMs, TestClock } from '../support/plinth/clock.ts';

const settings = { AUTH_SECRET: 'the secret of a test about clocks, 32 bytes or more' };
const headers = { 'idempotency-key': 'once' };

eachDatabase((kind) => {
  test('one start with a clock ten years ahead removes no session and no kept result', async () => {
    const database = await kind.createUrl();
    // The change log has the time of the database.
    const clock = new TestClock(new Date().toISOString());
    const first = await startApp({ database, clock, settings });
    const { token, refreshToken } = await first.signUp();
    const created = await create(first, token);
    assert.equal(created.status, 201);
    await first.close();

    clock.advance(3652 * dayMs);
    const ahead = await startApp({ database, clock, settings });
    await ahead.close();
    assert.match(JSON.stringify(ahead.log), /the clock is more than a year ahead/);

    clock.advance(-3652 * dayMs);
    const right = await startApp({ database, clock, settings });
    const again = await create(right, token);
    assert.deepEqual(again.body, created.body);
    assert.equal((await right.send('POST', '/auth/refresh', { body: { refreshToken } })).status, 200);
    assert.doesNotMatch(JSON.stringify(right.log), /year ahead/);
    await right.close();
  });
});

function create(app: TestApp, token: string) {
  return app.send('POST', '/v1/tasks', { token, headers, body: { title: 'Write' } });
}
