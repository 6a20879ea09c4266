export interface RedisState {
  /** `starting` until the first probe has ended. Commands are sent while it is `up`, and only then. */
  readonly status: 'starting' | 'up' | 'down';
  /** The reason for `down`, in the words of the server or of the system; null while it is up. */
  readonly reason: string | null;
  /** The number of changes between up and down since the start. */
  readonly changes: number;
}

export interface BreakerOptions {
  /** Sends a command that succeeds only if all commands can. Rejects within the deadline of a command. */
  readonly probe: () => Promise<void>;
  /** Called once for each change of `status`. */
  readonly onStateChange: (state: RedisState) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

/** The pause after the first failure; each further failure doubles it. */
const pauseMsMin = 250;
/** The longest pause. With the deadline of a probe added, a working server goes unnoticed no longer than this. */
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

  /** To be called when a connection was made: it is probed at once, even within a pause. */
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

  /** A command failed. While it is down already this does nothing: commands that were under way fail as well. */
  failed(reason: string): void {
    if (!this.isUp) return;
    this.#down(reason);
    this.#probeLater();
  }

  /** Ends it for good. `onStateChange` is not called: its owner has stopped it. */
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
    // A server that was up for a moment only does not get the short pause again, or it would go up and down all the time.
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

// The messages of ioredis for a connection that is lost, before its event says so.
const connectionLost = /isn't writeable|Connection is closed|Command aborted/;

/** The reason of a failure, in one line for people. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (connectionLost.test(error.message)) return 'the connection was closed';
  // Node's error for a name with several addresses has a code and no message.
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
