import type { Lifecycle } from './lifecycle.ts';

/** Decides which requests are served when there are more than this process can answer in time. */
export interface LoadShedder {
  /** Whether a request that has just arrived is served. `nowMs` is the time on the monotonic clock. */
  readonly admits: (nowMs: number) => boolean;
  /** Work on an admitted request begins. Returns the value that `leave` is called with when it ends. */
  readonly enter: () => number;
  readonly leave: (entered: number) => void;
}

export interface LoadShedderOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

const tickMs = 10;
/** Up to this many requests at a time are always served, however long each takes. */
const concurrencyMin = 64;
/** The part of a turn of the event loop in which requests are served; a request that comes up later waits too long. */
const turnBudgetMs = 64;
/** Turns must exceed `turnBudgetMs` for this time before requests are shed (the interval of CoDel, RFC 8289). */
const overloadAfterMs = 100;
/** Up to this many requests without a pause are a burst, which is served however long it takes. */
const burstMax = 1_000;
/** Overload is over when no turn has exceeded `turnBudgetMs` for this time. */
const recoveredAfterMs = 1_000;
/** The longest wait at work: by Little's law, requests at work may be as many as end in this time. */
const windowMs = 75;

/**
 * Sheds by the time that requests wait, not by how busy the process is. Two queues are kept short:
 *
 * - Ready connections wait for the event loop, which takes all of them in one turn, in order of arrival. Once turns stay
 *   too long, a turn serves requests for `turnBudgetMs` and turns the others away, so it ends soon.
 * - Requests at work wait for the database. By Little's law their wait is their number divided by the rate at which they
 *   end, so at most as many are admitted as ended in the last 75 ms.
 *
 * Both count from the 65th request at a time and the 1,001st without a pause: clients that wait for each answer, large
 * batches, long tasks and a burst are no overload.
 */
export function createLoadShedder({ nowMs = () => performance.now() }: LoadShedderOptions = {}): LoadShedder &
  Lifecycle {
  let turnAtMs = nowMs();
  let turn = 0;
  let begunInTurn = 0;
  /** The first and the last time that a turn was too long; 0 while there is no such time. */
  let lateSinceMs = 0;
  let lateAtMs = 0;
  let atWork = 0;
  let atWorkMax = Infinity;
  let windowAtMs = turnAtMs;
  let doneInWindow = 0;
  let wasQuiet = true;
  /** Requests since the process was last almost idle. */
  let begunInBurst = 0;

  function beginTurn(): void {
    const now = nowMs();
    const wasShort = now - turnAtMs < turnBudgetMs / 2;
    turnAtMs = now;
    turn += 1;
    begunInTurn = 0;
    if (now - lateAtMs > recoveredAfterMs) lateSinceMs = 0;
    if (wasShort && lateSinceMs === 0 && atWork < concurrencyMin / 2) begunInBurst = 0;
  }

  function beginWindow(now: number): void {
    const doneInTime = (doneInWindow * windowMs) / (now - windowAtMs);
    atWorkMax = wasQuiet ? Infinity : Math.max(concurrencyMin, doneInTime);
    windowAtMs = now;
    doneInWindow = 0;
    wasQuiet = atWork < concurrencyMin / 2;
  }

  function isTooLate(now: number): boolean {
    if (now - turnAtMs < turnBudgetMs || begunInTurn + atWork <= concurrencyMin) return false;
    if (lateSinceMs === 0) lateSinceMs = now;
    lateAtMs = now;
    return now - lateSinceMs >= overloadAfterMs;
  }

  return {
    name: 'load shedder',
    ...ticking(beginTurn),
    admits(now) {
      begunInTurn += 1;
      begunInBurst += 1;
      if (now - windowAtMs >= windowMs) beginWindow(now);
      const isInTime = atWork < atWorkMax && !isTooLate(now);
      return isInTime || begunInBurst <= burstMax;
    },
    enter() {
      atWork += 1;
      return turn;
    },
    leave(entered) {
      atWork -= 1;
      // A request that ends in the turn in which it began has not waited, and says nothing about those that wait.
      if (entered !== turn) doneInWindow += 1;
      if (atWork < concurrencyMin / 2) wasQuiet = true;
    },
  };
}

/** Calls `work` at start and once a tick. */
function ticking(work: () => void): Pick<Lifecycle, 'start' | 'stop'> {
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      if (timer) return;
      work();
      timer = setInterval(work, tickMs).unref();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}
