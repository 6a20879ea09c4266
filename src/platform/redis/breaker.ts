export interface RedisState {
  /** `starting` until the first verdict. Commands are sent while it is `up`, and only then. */
  readonly status: 'starting' | 'up' | 'down';
  /** Why it is not up, in the words of the server or of the system; null while it is. */
  readonly reason: string | null;
  /** How many times it has come up and gone down since the start. */
  readonly changes: number;
}

export interface BreakerOptions {
  /** Asks the server for what all commands need. Rejects when that does not work, within the deadline of a command. */
  readonly probe: () => Promise<void>;
  /** Called once for each change of `status`. */
  readonly onStateChange: (state: RedisState) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

/** The first pause after a failure; each further failure doubles it. */
const pauseMsMin = 250;
/** No pause is longer. Together with a probe's deadline, this is how long a working server may go unnoticed. */
const pauseMsMax = 4_000;

/**
 * Decides whether the server may be used. One failure is enough to stop, since each costs its caller a deadline; from
 * then on only probes are sent, one at a time, in the background, so that no request waits for them.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #state: RedisState = { status: 'starting', reason: 'not connected yet', changes: 0 };
  #connected = false;
  #pauseMs = pauseMsMin / 2;
  #upSinceMs = 0;
  #lastProbe = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get state(): RedisState {
    return this.#state;
  }

  get isUp(): boolean {
    return this.#state.status === 'up';
  }

  /** There is a connection: tries it at once, whatever the pause. */
  connected(): void {
    this.#connected = true;
    this.#probe();
  }

  /** A connection was lost or could not be made. Returns the pause before the next attempt, in milliseconds. */
  disconnected(reason: string): number {
    this.#connected = false;
    this.#lastProbe += 1;
    clearTimeout(this.#timer);
    this.#down(reason);
    return this.#pauseMs;
  }

  /** A command failed. Does nothing when that is known: others that were under way fail as well. */
  failed(reason: string): void {
    if (!this.isUp) return;
    this.#down(reason);
    this.#probeLater();
  }

  /** For good, and without a word: who stops it knows. */
  stop(): void {
    this.#connected = false;
    this.#lastProbe += 1;
    clearTimeout(this.#timer);
    this.#state = { ...this.#state, status: 'down', reason: 'stopped' };
  }

  #probe(): void {
    clearTimeout(this.#timer);
    const probe = ++this.#lastProbe;
    const ifLast = (then: () => void) => {
      if (probe === this.#lastProbe) then();
    };
    this.#options.probe().then(
      () => ifLast(() => this.#up()),
      (error: unknown) =>
        ifLast(() => {
          this.#down(reasonOf(error));
          this.#probeLater();
        }),
    );
  }

  #probeLater(): void {
    if (!this.#connected) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(), this.#pauseMs);
  }

  #up(): void {
    this.#upSinceMs = this.#options.nowMs();
    this.#change('up', null);
  }

  #down(reason: string): void {
    // A server that works for a moment only must not start over with short pauses: it would be up and down all the time.
    const wasStable = this.isUp && this.#options.nowMs() - this.#upSinceMs >= pauseMsMax;
    this.#pauseMs = wasStable ? pauseMsMin : Math.min(this.#pauseMs * 2, pauseMsMax);
    this.#change('down', reason);
  }

  #change(status: 'up' | 'down', reason: string | null): void {
    const changed = this.#state.status !== status;
    this.#state = { status, reason, changes: this.#state.changes + (changed ? 1 : 0) };
    if (changed) this.#options.onStateChange(this.#state);
  }
}

// ioredis' words for a connection that has gone, of which it has not told us yet.
const connectionLost = /isn't writeable|Connection is closed|Command aborted/;

/** What went wrong, in one line for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (connectionLost.test(error.message)) return 'the connection was closed';
  // Node's error for a name with several addresses has a code but no message.
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
