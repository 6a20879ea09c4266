import type { Lifecycle } from './lifecycle.ts';
import type { Log } from './telemetry/log.ts';

const everyMs = 10 * 60_000;

export interface SweeperOptions {
  /** The rows that it removes, as the log calls them: "expired sessions". */
  readonly name: string;
  /** Removes those that are due. Resolves with their number. */
  readonly sweep: () => Promise<number>;
  readonly log: Log;
}

export interface Sweeper extends Lifecycle {
  start(): void;
  /** Sweeps before its time. Does nothing while a sweep runs, and before the start. */
  sweepNow(): void;
  /** Resolves when the sweep that runs has ended. */
  stop(): Promise<void>;
}

/** Sweeps at start and every ten minutes, once at a time. A sweep that fails is logged; the next one is due as always. */
export function createSweeper({ name, sweep, log }: SweeperOptions): Sweeper {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function run(): void {
    running ??= sweep()
      .then((count) => log.debug({ count }, `${name} were cleared away`))
      .catch((error: unknown) => log.warn({ error }, `${name} could not be cleared away`))
      .finally(() => (running = undefined));
  }

  return {
    name,
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
