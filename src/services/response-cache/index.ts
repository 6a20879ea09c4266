import { hash } from 'node:crypto';
import { createGenerationsRepository, type Database } from '#data/index.ts';
import type { Model } from '#domain/collections/model.ts';
import type { Clock } from '#platform/clock.ts';
import type { Redis } from '#platform/redis/redis.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { ChangesService } from '#services/changes/index.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import { ResponseCache } from './cache.ts';
import { KnownGenerations } from './known-generations.ts';
import { createSharedCache } from './shared-cache.ts';

export { createReadThrough } from './read-through.ts';

export interface CacheDependencies {
  readonly database: Database;
  readonly collections: Pick<CollectionsService, 'current'>;
  readonly clock: Clock;
  /** CACHE_MAX_ITEMS. */
  readonly itemsMax: number;
  readonly changes: Pick<ChangesService, 'subscribe'>;
  /** Where replicas share responses. */
  readonly redis?: Redis | undefined;
  /** Secret, and the same on all replicas. */
  readonly key: Uint8Array;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs?: () => number;
}

export interface RunningCache extends Lifecycle {
  readonly cache: ResponseCache;
}

/** The cached responses of this process, told of every change. One per process that serves. */
export function createResponseCache({
  database,
  collections,
  changes,
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
  const shared =
    redis &&
    createSharedCache({
      redis,
      key,
      scope: () => digestOfDefinitions(collections.current()),
      clock,
    });
  let unsubscribe: (() => void) | undefined;
  return {
    cache: new ResponseCache({ freshness, shared, itemsMax, nowMs }),
    name: 'response cache',
    start() {
      unsubscribe ??= changes.subscribe(({ origin, changed }) => {
        if (origin === 'here') freshness.changed(changed?.keys());
        else freshness.invalidate();
      });
    },
    stop() {
      unsubscribe?.();
      unsubscribe = undefined;
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
