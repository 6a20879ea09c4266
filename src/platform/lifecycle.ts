import type { Log } from './telemetry/log.ts';

/** Something that works for as long as the program runs. */
export interface Lifecycle {
  /** The name in logs. */
  readonly name: string;
  /** Resolves when it works. When it throws, `stop` releases the resources held by then. */
  readonly start: () => Promise<unknown> | void;
  /** Resolves when it holds nothing any more. Without a start before it, and a second time, it does nothing. */
  readonly stop: () => Promise<void> | void;
}

/**
 * Several services as one: they start in this order, and stop in the opposite one. When one cannot start, all are
 * stopped, and `start` throws its error. One that cannot stop is logged, and the others are stopped all the same.
 */
export function inOrder(name: string, services: readonly Lifecycle[], log: Log): Lifecycle {
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;

  async function startAll(): Promise<void> {
    try {
      for (const service of services) await service.start();
    } catch (error) {
      await stopAll();
      throw error;
    }
  }

  async function stopAll(): Promise<void> {
    for (const service of services.toReversed()) {
      try {
        await service.stop();
      } catch (error) {
        log.error({ error, service: service.name }, 'could not be stopped');
      }
    }
  }

  return {
    name,
    start: () => (starting ??= startAll()),
    stop() {
      const started = Promise.resolve(starting).catch(() => undefined);
      return (stopping ??= started.then(stopAll));
    },
  };
}
