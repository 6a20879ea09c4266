import type { Lifecycle } from './lifecycle.ts';

/** Decides which requests are served when there are more than this process can answer in time. */
export interface LoadShedder {
  /** Whether a request that has just come in is served. `nowMs` is the time on the monotonic clock. */
  readonly admits: (nowMs: number) => boolean;
  /** A request that was admitted is worked on. Returns what `leave` wants back when it is done. */
  readonly enter: () => number;
  readonly leave: (entered: number) => void;
}

export interface LoadShedderOptions {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

const tickMs = 10;
/** With no more requests than this at a time nobody is turned away, however long each of them takes. */
const concurrencyMin = 64;
/** Of a turn of the event loop, requests are served for this time; what comes up later waits too long. */
const turnBudgetMs = 64;
/** Turns are too long for this time, or it is a burst (the interval of CoDel, RFC 8289). */
const overloadAfterMs = 100;
/** So many requests that come at once are no overload either: they are a burst, which is served however long it takes. */
const burstMax = 1_000;
/** Without a turn that is too long for this time, overload is over. */
const recoveredAfterMs = 1_000;
/** More requests at work than are done in this time wait longer than this. */
const windowMs = 75;

/**
 * Measures what requests wait for, not how busy the process is. Two queues are in it, and each is kept short:
 *
 * - Connections that are ready wait for the event loop, which takes them all in one turn, in the order of their arrival.
 *   So once turns stay too long, each serves as much as it has time for, turns the rest away, and ends soon.
 * - Requests at work wait for the database. By Little's law their wait is their number, divided by how many are done in
 *   a time; so no more are let in than were done in the last 75 ms.
 *
 * Both start to count with the 65th request at a time, and the 1,001st without a pause: clients that wait for their
 * answers before they go on, large batches, long tasks and a burst are no overload.
 */
export function createLoadShedder({ nowMs = () => performance.now() }: LoadShedderOptions = {}): LoadShedder &
  Lifecycle {
  let turnAtMs = nowMs();
  let turn = 0;
  let begunInTurn = 0;
  /** The first and the last time that a turn was too long; 0 when none was for a while. */
  let lateSinceMs = 0;
  let lateAtMs = 0;
  let atWork = 0;
  let atWorkMax = Infinity;
  let windowAtMs = turnAtMs;
  let doneInWindow = 0;
  let wasQuiet = true;
  /** Since there was last next to nothing to do. */
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
      // What is done within its turn has not waited and says nothing of those that do.
      if (entered !== turn) doneInWindow += 1;
      if (atWork < concurrencyMin / 2) wasQuiet = true;
    },
  };
}

/** Calls `work` at start, and then once a tick. */
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
