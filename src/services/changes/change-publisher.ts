import { randomUUID } from 'node:crypto';
import type { Redis } from '#platform/redis/redis.ts';

/** Tells the other replicas that something has changed. A lost message only costs time: they also poll the database. */
export interface ChangePublisher {
  readonly channel: string;
  /** Publishes at once. Calls within the next 10 ms share one message, at the end of that time. */
  publish(): void;
  isFromOthers(message: string): boolean;
  stop(): void;
}

const pauseMs = 10;

/** Creates a publisher on the Redis channel `plinth:changed`; while Redis is down, it publishes nothing. */
export function createChangePublisher(redis: Redis): ChangePublisher {
  const channel = 'plinth:changed';
  const self = randomUUID();
  let pause: NodeJS.Timeout | undefined;
  let isDue = false;

  function publish(): void {
    isDue = false;
    if (redis.isUp()) redis.call('PUBLISH', channel, self).catch(() => undefined);
    pause = setTimeout(() => {
      pause = undefined;
      if (isDue) publish();
    }, pauseMs).unref();
  }

  return {
    channel,
    publish() {
      isDue = true;
      if (pause === undefined) publish();
    },
    isFromOthers: (message) => message !== self,
    stop: () => clearTimeout(pause),
  };
}
