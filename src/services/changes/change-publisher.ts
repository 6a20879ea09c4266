import { randomUUID } from 'node:crypto';
import type { Redis } from '#platform/redis/redis.ts';

/** Tells the other replicas that something has changed. What they do not hear they find in the database. */
export interface ChangePublisher {
  readonly channel: string;
  /** Soon, once for many. */
  publish(): void;
  isFromOthers(message: string): boolean;
  stop(): void;
}

const pauseMs = 10;

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
