import { DatabaseUnavailable } from '../../database.ts';

export interface TurnsOptions {
  /** Turns held at the same time. */
  readonly max: number;
  /** The longest queue: a statement beyond it is refused at once. */
  readonly waitingMax: number;
  readonly waitMs: number;
}

interface Waiting {
  readonly shares: ReadonlySet<string>;
  settle(error?: DatabaseUnavailable): void;
}

const noShares: ReadonlySet<string> = new Set();
/** A capacity that was lowered is tried again so seldom. */
const growAgainMs = 5_000;

/**
 * The turns to hold a connection, granted in the order of the requests. Demands that take long (on a locked table, or
 * with one caller's costly filters) fill at most half of the turns; the other half is left to all others.
 */
export class ConnectionTurns {
  readonly #options: TurnsOptions;
  readonly #heldByShare = new Map<string, number>();
  readonly #waitingByShare = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #held = 0;
  #capacity: number;
  #lastRefusedAt = 0;

  constructor(options: TurnsOptions) {
    this.#options = options;
    this.#capacity = options.max;
  }

  /**
   * Resolves, when it is this one's turn, to the function that ends it. `shares` are names of which none may hold more than
   * half of the turns, or of the places in the queue. Throws DatabaseUnavailable: `overloaded` when
   * the queue is full or the wait too long, `cancelled` by the signal.
   */
  async take(shares: readonly string[], signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted === true) throw new DatabaseUnavailable('cancelled');
    const names = shares.length === 0 ? noShares : new Set(shares);
    this.#growAgain();
    if (!this.#mayHold(names)) await this.#wait(names, signal);
    else this.#hold(names);
    return () => this.#release(names);
  }

  /** The server gives no more connections than this for now; one at least is tried. */
  lowerTo(capacity: number): void {
    this.#capacity = Math.max(1, Math.min(capacity, this.#capacity));
    this.#lastRefusedAt = performance.now();
  }

  /** Refuses every waiting demand at once, since there is no connection at present. */
  refuseWaiting(error: DatabaseUnavailable): void {
    for (const waiting of this.#waiting) waiting.settle(error);
  }

  #growAgain(): void {
    if (this.#capacity === this.#options.max || performance.now() - this.#lastRefusedAt < growAgainMs) return;
    this.#capacity += 1;
    this.#lastRefusedAt = performance.now();
  }

  #mayHold(shares: ReadonlySet<string>): boolean {
    if (this.#held >= this.#capacity) return false;
    const each = halfOf(this.#capacity);
    for (const name of shares) if ((this.#heldByShare.get(name) ?? 0) >= each) return false;
    return true;
  }

  #hold(shares: ReadonlySet<string>): void {
    this.#held += 1;
    count(this.#heldByShare, shares, 1);
  }

  #release(shares: ReadonlySet<string>): void {
    this.#held -= 1;
    count(this.#heldByShare, shares, -1);
    for (const waiting of this.#waiting) {
      if (this.#held >= this.#capacity) return;
      if (!this.#mayHold(waiting.shares)) continue;
      this.#hold(waiting.shares);
      waiting.settle();
    }
  }

  async #wait(shares: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<void> {
    this.#refuseBeyondLimits(shares);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      shares,
      settle: (error) => {
        this.#waiting.delete(waiting);
        if (error === undefined) resolve();
        else reject(error);
      },
    };
    const timer = setTimeout(
      () => waiting.settle(new DatabaseUnavailable('overloaded')),
      this.#options.waitMs,
    );
    const onAbort = () => waiting.settle(new DatabaseUnavailable('cancelled'));
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(waiting);
    count(this.#waitingByShare, shares, 1);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      count(this.#waitingByShare, shares, -1);
    }
  }

  #refuseBeyondLimits(shares: ReadonlySet<string>): void {
    const { waitingMax } = this.#options;
    const isFull =
      this.#waiting.size >= waitingMax ||
      [...shares].some((name) => (this.#waitingByShare.get(name) ?? 0) >= halfOf(waitingMax));
    if (isFull) throw new DatabaseUnavailable('overloaded');
  }
}

function halfOf(all: number): number {
  return Math.max(1, Math.floor(all / 2));
}

function count(counts: Map<string, number>, names: ReadonlySet<string>, change: 1 | -1): void {
  for (const name of names) {
    const now = (counts.get(name) ?? 0) + change;
    if (now === 0) counts.delete(name);
    else counts.set(name, now);
  }
}
