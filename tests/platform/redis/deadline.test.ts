import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { withDeadline } from '#platform/redis/deadline.ts';

describe('a deadline', () => {
  it('passes on what comes in time, good or bad', async () => {
    assert.equal(await withDeadline(Promise.resolve(1), 10), 1);
    await assert.rejects(withDeadline(Promise.reject(new Error('no')), 10), /^Error: no$/);
  });

  it('ends what takes too long, and drops what comes of it later', async () => {
    const late = Promise.withResolvers<never>();
    await assert.rejects(withDeadline(late.promise, 10), /no answer within 10 ms/);
    // Without a handler, this would end the process.
    late.reject(new Error('too late'));
  });

  it('does not blame the other side when this process was busy', async (t) => {
    const echo = spawn('cat');
    t.after(() => echo.kill());
    await once(echo, 'spawn');
    echo.stdin.write('first');
    await once(echo.stdout, 'data');
    const outcome = withDeadline(once(echo.stdout, 'data'), 20);
    echo.stdin.write('second');
    // It has answered long since when the timer runs, but nobody has had the time to look.
    const untilMs = performance.now() + 200;
    while (performance.now() < untilMs);
    assert.equal(String((await outcome)[0]), 'second');
  });
});
