import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { createLoadShedder } from '#platform/load-shedder.ts';

afterEach(() => mock.timers.reset());

/** A load shedder on a clock of the test. */
function shedderOnClock() {
  let nowMs = 1_000;
  mock.timers.enable({ apis: ['setInterval'] });
  const loadShedder = createLoadShedder({ nowMs: () => nowMs });
  void loadShedder.start();
  const pass = (durationMs: number): void => void (nowMs += durationMs);
  const admits = (): boolean => loadShedder.admits(nowMs);
  return {
    ...loadShedder,
    admits,
    pass,
    /** A turn of the loop in which so many requests come up, each taking so long; how many are admitted. */
    turn: (requests: number, eachMs: number): number => {
      mock.timers.tick(10);
      let admitted = 0;
      for (let request = 0; request < requests; request += 1) {
        if (!admits()) continue;
        admitted += 1;
        pass(eachMs);
      }
      return admitted;
    },
  };
}

describe('turns of the event loop', () => {
  test('that stay too long serve what they have time for; the rest is turned away', () => {
    const { turn } = shedderOnClock();
    assert.equal(turn(640, 0.125), 640, 'a burst is served');
    assert.equal(turn(640, 0.125), 640, 'so is another');
    assert.equal(turn(800, 0.125), 512, 'what does not end is none');
    assert.equal(turn(2_000, 0.125), 512);
  });

  test('are short again after overload, and the next burst is served', () => {
    const { turn, pass } = shedderOnClock();
    for (let i = 0; i < 5; i += 1) turn(2_000, 0.1);
    for (let i = 0; i < 110; i += 1) {
      pass(10);
      assert.equal(turn(10, 0.1), 10);
    }
    assert.equal(turn(640, 0.125), 640);
  });

  test('may take any time for up to 64 requests', () => {
    const { turn } = shedderOnClock();
    for (let i = 0; i < 20; i += 1) assert.equal(turn(64, 10), 64);
  });

  test('are no measure of tasks that begin with no request', () => {
    const { turn, pass } = shedderOnClock();
    for (let i = 0; i < 20; i += 1) {
      pass(1_000);
      assert.equal(turn(200, 0.1), 200);
    }
  });
});

describe('a burst', () => {
  test('of up to 1,000 requests is served, however long it takes; a pause ends it', () => {
    const { admits, enter, leave, pass, turn } = shedderOnClock();
    for (let burst = 0; burst < 3; burst += 1) {
      const entered = [];
      for (let request = 0; request < 1_000; request += 1) {
        assert.equal(admits(), true, `${request} of burst ${burst}`);
        entered.push(enter());
        pass(1);
      }
      assert.equal(admits(), false);
      for (const one of entered) leave(one);
      turn(0, 0);
      pass(1_010);
      for (let rest = 0; rest < 2; rest += 1) {
        pass(10);
        turn(0, 0);
      }
    }
  });
});

describe('requests at work', () => {
  test('are no more than are done in 75 ms', () => {
    const { admits, enter, leave, pass, turn } = shedderOnClock();
    const entered = Array.from({ length: 300 }, enter);
    turn(1_000, 0);
    for (let i = 0; i < 20; i += 1) {
      pass(10);
      turn(1, 0);
      for (let done = 0; done < 20; done += 1) leave(entered.shift() as number);
      for (let more = 0; more < 20; more += 1) entered.push(enter());
    }
    assert.equal(admits(), false, '300 are at work, some 150 are done in that time');
    while (entered.length > 140) leave(entered.shift() as number);
    assert.equal(admits(), true);
  });

  test('may take any time when there are up to 64', () => {
    const { admits, enter, turn, pass } = shedderOnClock();
    for (let i = 0; i < 63; i += 1) enter();
    turn(1_000, 0);
    for (let i = 0; i < 50; i += 1) {
      pass(100);
      assert.equal(turn(1, 0), 1);
    }
    enter();
    pass(100);
    admits();
    pass(100);
    assert.equal(admits(), false);
  });
});
