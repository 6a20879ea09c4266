import { hash } from 'node:crypto';
import type { Database } from '#data/index.ts';
import type { Model } from '#domain/collections/model.ts';
import type { Clock } from '#platform/clock.ts';
import { listen } from '#platform/redis/channel.ts';
import type { Redis } from '#platform/redis/redis.ts';
import type { CollectionsService } from '#services/collections/index.ts';
import { Answers } from './answers.ts';
import { Freshness } from './freshness.ts';
import { createHerald } from './herald.ts';
import { createSharedAnswers } from './shared.ts';

export interface AnswersParts {
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

export interface RunningAnswers {
  readonly answers: Answers;
  stop(): void;
}

/** The kept answers of this process, told of every change. One per process that serves. */
export function createAnswers({
  database,
  collections,
  clock,
  itemsMax,
  redis,
  key,
  nowMs = () => performance.now(),
}: AnswersParts): RunningAnswers {
  const freshness = new Freshness({
    load: () => database.read((session) => database.generations.current(session)),
    nowMs,
  });
  const herald = redis && createHerald(redis.connection);
  database.generations.observe((changed) => {
    freshness.changed(changed);
    herald?.tell();
  });
  const listener =
    redis &&
    herald &&
    listen({
      url: redis.url,
      channel: herald.channel,
      onMessage: (message) => {
        if (herald.isFromOthers(message)) freshness.nudge();
      },
    });
  const shared =
    redis &&
    createSharedAnswers({
      redis: redis.connection,
      key,
      scope: () => digestOfDefinitions(collections.current()),
      clock,
    });
  return {
    answers: new Answers({ freshness, shared, itemsMax, nowMs }),
    stop() {
      herald?.stop();
      listener?.stop();
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
