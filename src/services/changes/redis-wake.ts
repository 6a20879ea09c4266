import { createSubscriber } from '#platform/redis/channel.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Redis } from '#platform/redis/redis.ts';
import type { ChangesService } from './changes.ts';
import { createChangePublisher } from './change-publisher.ts';

export interface RedisWakeOptions {
  readonly changes: Pick<ChangesService, 'subscribe' | 'wake'>;
  readonly redis: Redis;
  /** As for `createRedis`. */
  readonly url: string;
}

/** Replicas wake each other through Redis when they have changed something. Polling makes up for lost messages. */
export function createRedisWake({ changes, redis, url }: RedisWakeOptions): Lifecycle {
  const publisher = createChangePublisher(redis);
  const subscriber = createSubscriber({
    url,
    channel: publisher.channel,
    onMessage: (message) => {
      if (publisher.isFromOthers(message)) changes.wake();
    },
  });
  let unsubscribe: (() => void) | undefined;
  return {
    name: 'news of changes through Redis',
    start() {
      unsubscribe ??= changes.subscribe(({ origin }) => {
        if (origin === 'here') publisher.publish();
      });
      return subscriber.start();
    },
    stop() {
      unsubscribe?.();
      unsubscribe = undefined;
      publisher.stop();
      return subscriber.stop();
    },
  };
}
