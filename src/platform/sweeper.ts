import type { Log } from './log.ts';

const everyMs = 10 * 60_000;

export interface SweeperOptions {
  /** What is cleared away, as the log calls it: "expired sessions". */
  readonly what: string;
  /** Clears some of it away; how much there was. */
  readonly sweep: () => Promise<number>;
  readonly log: Log;
}

export interface Sweeper {
  start(): void;
  /** Out of turn, where there is more to do than usual; nothing when it runs already, or has not been started. */
  sweepNow(): void;
  /** Settles when what runs is done. */
  stop(): Promise<void>;
}

/** Calls `sweep` at start and then now and then, never twice at a time; what fails is logged and tried again later. */
export function createSweeper({ what, sweep, log }: SweeperOptions): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function run(): void {
    running ??= sweep()
      .then((count) => log.debug({ count }, `${what} were cleared away`))
      .catch((error: unknown) => log.warn({ err: error }, `${what} could not be cleared away`))
      .finally(() => (running = undefined));
  }

  return {
    start() {
      if (timer) return;
      run();
      timer = setInterval(run, everyMs).unref();
    },
    sweepNow() {
      if (timer) run();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
