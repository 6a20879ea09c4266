/** Whether this process has more to do than it can, as its event loop shows. */
export interface LoopGauge {
  /** Whether what comes in now should be turned away. Costs nothing as long as all is well. */
  isOverloaded(): boolean;
  stop(): void;
}

export interface LoopGaugeOptions {
  /** A turn of the loop that takes longer is too long. */
  readonly turnMsMax?: number;
  /** Turns must have been too long for this time, without one that was not, before anything is turned away. */
  readonly proofMs?: number;
  /** After that, each turn that is too long counts at once, until there was none for this time. */
  readonly waryMs?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

const tickMs = 10;
/** One long task is no overload, however long it takes. */
const longTurnsMin = 3;
/** Of a turn without an end one such part is served. */
const slicesOfTurn = 3;

/**
 * Watches the event loop by a timer that ought to run every 10 ms: what makes it late makes requests late. Within a
 * turn, too much is what comes after `turnMsMax` of work: so each turn serves as much as it has time for, turns the
 * rest away, and ends soon (the idea of CoDel, RFC 8289: a queue that does not get empty is not a burst).
 */
export function createLoopGauge({
  turnMsMax = 50,
  proofMs = 300,
  waryMs = 5_000,
  nowMs = () => performance.now(),
}: LoopGaugeOptions = {}): LoopGauge {
  let dueMs = nowMs() + tickMs;
  let longTurns = 0;
  let longSinceMs = 0;
  /** 0 when not wary. */
  let waryUntilMs = 0;

  function tick(): void {
    const now = nowMs();
    if (now - dueMs > turnMsMax) {
      if (longTurns === 0) longSinceMs = dueMs;
      longTurns += 1;
      const isProven = longTurns >= longTurnsMin && now - longSinceMs >= proofMs;
      if (isProven || waryUntilMs > 0) waryUntilMs = now + waryMs;
    } else {
      longTurns = 0;
      if (now > waryUntilMs) waryUntilMs = 0;
    }
    dueMs = now + tickMs;
  }

  const timer = setInterval(tick, tickMs).unref();
  return {
    isOverloaded() {
      if (waryUntilMs === 0) return false;
      // While more than a thousand connections are ready the loop takes no turn and no timer runs. Then turns are cut
      // out of the time by the clock, or nobody would be served.
      const slice = Math.floor((nowMs() - dueMs) / turnMsMax);
      return slice > 0 && slice % slicesOfTurn !== 0;
    },
    stop: () => clearInterval(timer),
  };
}
