import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { createLoopGauge } from '#platform/event-loop.ts';

/** A gauge on a clock of the test: `turn` lets one turn of the loop take so long. */
function gaugeOnClock() {
  let nowMs = 1_000;
  mock.timers.enable({ apis: ['setInterval'] });
  const gauge = createLoopGauge({ nowMs: () => nowMs });
  return {
    /** The loop is busy for so long, then the timer runs. */
    turn: (durationMs: number): void => {
      nowMs += durationMs;
      mock.timers.tick(10);
    },
    /** What is asked in the middle of a turn. */
    isOverloadedAfter: (durationMs: number): boolean => {
      nowMs += durationMs;
      const answer = gauge.isOverloaded();
      nowMs -= durationMs;
      return answer;
    },
    close: () => {
      gauge.stop();
      mock.timers.reset();
    },
  };
}

describe('the gauge of the event loop', () => {
  test('takes long turns one after another as overload, and then turns away what a turn has no time for', () => {
    const { turn, isOverloadedAfter, close } = gaugeOnClock();
    for (let i = 0; i < 3; i += 1) turn(100);
    assert.equal(isOverloadedAfter(100), false, 'not before it is proven');
    turn(100);
    assert.equal(isOverloadedAfter(20), false, 'the beginning of a turn is served');
    assert.equal(isOverloadedAfter(61), true, 'what comes late in it is not');
    assert.equal(isOverloadedAfter(155), true);
    assert.equal(isOverloadedAfter(165), false, 'in a turn without an end some are served again');
    close();
  });

  test('takes no single task as overload, however long', () => {
    const { turn, isOverloadedAfter, close } = gaugeOnClock();
    turn(10_000);
    assert.equal(isOverloadedAfter(500), false);
    turn(2_000);
    turn(10);
    turn(2_000);
    turn(2_000);
    assert.equal(isOverloadedAfter(500), false);
    close();
  });

  test('takes no turns as overload that are long for a loaded machine only', () => {
    const { turn, isOverloadedAfter, close } = gaugeOnClock();
    for (let i = 0; i < 100; i += 1) turn(55);
    assert.equal(isOverloadedAfter(1_000), false);
    close();
  });

  test('stays wary for a while after overload, then needs proof again', () => {
    const { turn, isOverloadedAfter, close } = gaugeOnClock();
    for (let i = 0; i < 4; i += 1) turn(100);
    for (let i = 0; i < 400; i += 1) turn(10);
    assert.equal(isOverloadedAfter(61), true);
    for (let i = 0; i < 200; i += 1) turn(10);
    assert.equal(isOverloadedAfter(1_000), false);
    close();
  });

  test('sees a real loop that is kept busy', async () => {
    const gauge = createLoopGauge({ turnMsMax: 20, proofMs: 100 });
    for (let i = 0; i < 4; i += 1) {
      const until = performance.now() + 60;
      while (performance.now() < until);
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const until = performance.now() + 60;
    while (performance.now() < until);
    assert.equal(gauge.isOverloaded(), true);
    gauge.stop();
  });
});
