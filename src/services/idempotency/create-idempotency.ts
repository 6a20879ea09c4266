import { createIdempotencyKeysRepository, type Database } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createSweeper } from '#platform/sweeper.ts';
import type { IdempotencyService } from './idempotency.ts';
import { KeyedRequests } from './keyed-requests.ts';
import { createSweep, weightOf } from './sweep.ts';

export interface IdempotencyOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Most answers that are kept, long ones counting as several. Looked at by each sweep. */
  readonly keptMax?: number;
}

/** One per process. Replicas agree through the database. */
export function createIdempotency(options: IdempotencyOptions): IdempotencyService {
  const { database, clock, log, keptMax = 500_000 } = options;
  const answers = createIdempotencyKeysRepository(database);
  const sweeper = createSweeper({
    name: 'kept answers',
    sweep: createSweep({ database, answers, clock, keptMax }),
    log,
  });
  const untilSweep = keptMax / 4;
  let keptSince = 0;
  const requests = new KeyedRequests({
    database,
    answers,
    clock,
    onKept({ body }) {
      keptSince += weightOf(Buffer.byteLength(body ?? ''));
      if (keptSince < untilSweep) return;
      keptSince = 0;
      sweeper.sweepNow();
    },
  });
  return {
    runOnce: (request, firstTime) => requests.once(request, firstTime),
    name: 'idempotency',
    start: () => sweeper.start(),
    stop: () => sweeper.stop(),
  };
}
