import { hash } from 'node:crypto';
import { createGenerationsRepository, type Database } from '#data/index.ts';
import type { Model } from '#domain/collections/model.ts';
import type { Clock } from '#platform/clock.ts';
import { createSubscriber } from '#platform/redis/channel.ts';
import type { Redis } from '#platform/redis/redis.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import { ResponseCache } from './cache.ts';
import { KnownGenerations } from './known-generations.ts';
import { createChangePublisher } from './change-publisher.ts';
import { createSharedCache } from './shared-cache.ts';

export interface CacheDependencies {
  readonly database: Database;
  readonly collections: Pick<CollectionsService, 'current'>;
  readonly clock: Clock;
  /** CACHE_MAX_ITEMS. */
  readonly itemsMax: number;
  /** Where replicas share answers and tell each other of changes. */
  readonly redis?: { readonly connection: Redis; readonly url: string } | undefined;
  /** Secret, and the same on all replicas. */
  readonly key: Uint8Array;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

export interface RunningCache extends Lifecycle {
  readonly cache: ResponseCache;
}

/** The kept answers of this process, told of every change. One per process that serves. */
export function createResponseCache({
  database,
  collections,
  clock,
  itemsMax,
  redis,
  key,
  nowMs = () => performance.now(),
}: CacheDependencies): RunningCache {
  const generations = createGenerationsRepository(database);
  const freshness = new KnownGenerations({
    load: () => database.read((reader) => generations.current(reader)),
    nowMs,
  });
  const herald = redis && createChangePublisher(redis.connection);
  database.onCommit((changed) => {
    freshness.changed(changed?.keys());
    herald?.publish();
  });
  const subscriber =
    redis &&
    herald &&
    createSubscriber({
      url: redis.url,
      channel: herald.channel,
      onMessage: (message) => {
        if (herald.isFromOthers(message)) freshness.invalidate();
      },
    });
  const shared =
    redis &&
    createSharedCache({
      redis: redis.connection,
      key,
      scope: () => digestOfDefinitions(collections.current()),
      clock,
    });
  return {
    cache: new ResponseCache({ freshness, shared, itemsMax, nowMs }),
    name: 'response cache',
    start: () => subscriber?.start(),
    stop() {
      herald?.stop();
      return subscriber?.stop();
    },
  };
}

const digests = new WeakMap<Model, string>();

/** Replicas that are not at the same definitions, during an update, answer differently. */
function digestOfDefinitions(model: Model): string {
  let digest = digests.get(model);
  if (digest === undefined) {
    const definitions = [...model.collections.values()].map(({ definition }) => definition);
    digests.set(model, (digest = hash('sha256', JSON.stringify(definitions), 'base64url')));
  }
  return digest;
}
