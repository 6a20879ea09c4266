import type { Log } from '#platform/log.ts';

const everyMs = 10 * 60_000;

/** Calls `sweep` at start and then now and then, never twice at a time; what fails is logged and tried again later. */
export function createSweeper(
  sweep: () => Promise<number>,
  log: Log,
): { start(): void; stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  function run(): void {
    running ??= sweep()
      .then((count) => log.debug({ count }, 'expired sessions were cleared away'))
      .catch((error: unknown) => log.warn({ err: error }, 'expired sessions could not be cleared away'))
      .finally(() => (running = undefined));
  }

  return {
    start() {
      if (timer) return;
      run();
      timer = setInterval(run, everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
