import assert from 'node:assert/strict';
import { describe, it, mock, type TestContext } from 'node:test';
import { Breaker, type RedisState } from '#platform/redis/breaker.ts';

/** A breaker whose probes end when the test says so, on a clock that moves when the test says so. */
function breakerUnderTest(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const probes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const told: RedisState[] = [];
  const breaker = new Breaker({
    nowMs: () => Date.now(),
    onStateChange: (state) => told.push(state),
    probe: () => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      probes.push({ resolve, reject });
      return promise;
    },
  });
  const tick = (ms: number) => mock.timers.tick.call(t.mock.timers, ms);
  const answer = async (error?: Error) => {
    const probe = probes.at(-1);
    assert.ok(probe);
    if (error) probe.reject(error);
    else probe.resolve();
    await settled();
  };
  return { breaker, probes, told, tick, answer };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const refused = new Error('READONLY');

describe('the breaker', () => {
  it('starts without a verdict, and is up when the first probe succeeds', async (t) => {
    const { breaker, told, answer } = breakerUnderTest(t);
    assert.deepEqual(breaker.state, { status: 'starting', reason: 'not connected yet', changes: 0 });
    breaker.connected();
    assert.equal(breaker.isUp, false);
    await answer();
    assert.deepEqual(told, [{ status: 'up', reason: null, changes: 1 }]);
  });

  it('tells of a change once, however many commands fail', async (t) => {
    const { breaker, told, answer } = breakerUnderTest(t);
    breaker.connected();
    await answer();
    for (let i = 0; i < 100; i += 1) breaker.failed(`failure ${i}`);
    assert.deepEqual(
      told.map(({ status, reason }) => [status, reason]),
      [
        ['up', null],
        ['down', 'failure 0'],
      ],
    );
    assert.equal(breaker.state.changes, 2);
  });

  it('probes after 250 ms, then twice as late each time, up to 4 s, one at a time', async (t) => {
    const { breaker, probes, told, tick, answer } = breakerUnderTest(t);
    breaker.connected();
    await answer();
    breaker.failed('hangs');
    for (const pauseMs of [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]) {
      const before = probes.length;
      tick(pauseMs - 1);
      assert.equal(probes.length, before, `not before ${pauseMs} ms`);
      tick(1);
      assert.equal(probes.length, before + 1);
      tick(60_000);
      assert.equal(probes.length, before + 1, 'no second probe while one is under way');
      await answer(refused);
    }
    assert.equal(told.length, 2);
    assert.equal(breaker.state.reason, 'READONLY');
    tick(4_000);
    await answer();
    assert.equal(breaker.isUp, true);
  });

  it('tries a new connection at once, whatever the pause', async (t) => {
    const { breaker, probes, answer, tick } = breakerUnderTest(t);
    breaker.connected();
    await answer(refused);
    tick(250);
    await answer(refused);
    assert.ok(breaker.disconnected('ECONNRESET') > 0);
    tick(60_000);
    assert.equal(probes.length, 2, 'without a connection there is nothing to probe');
    breaker.connected();
    await answer();
    assert.equal(breaker.isUp, true);
  });

  it('pauses longer and longer for a server that works for a moment only', async (t) => {
    const { breaker, tick, answer } = breakerUnderTest(t);
    const pauses: number[] = [];
    breaker.connected();
    await answer();
    for (let i = 0; i < 6; i += 1) {
      pauses.push(breaker.disconnected('closed'));
      breaker.connected();
      await answer();
      tick(100);
    }
    assert.deepEqual(pauses, [250, 500, 1_000, 2_000, 4_000, 4_000]);
    tick(4_000);
    assert.equal(breaker.disconnected('closed'), 250);
  });

  it('does not take the answer of a lost connection for one of the new', async (t) => {
    const { breaker, probes, answer } = breakerUnderTest(t);
    breaker.connected();
    breaker.disconnected('closed');
    breaker.connected();
    await answer();
    probes[0]?.reject(new Error('too late'));
    await settled();
    assert.equal(breaker.isUp, true);
  });

  it('is silent once it is stopped', async (t) => {
    const { breaker, probes, told, tick, answer } = breakerUnderTest(t);
    breaker.connected();
    await answer();
    breaker.stop();
    breaker.failed('closed');
    tick(60_000);
    assert.deepEqual([breaker.isUp, told.length, probes.length], [false, 1, 1]);
  });
});
