import { createIdempotencyKeysRepository, type Database } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createSweeper } from '#platform/sweeper.ts';
import type { RecordsService } from '#services/records/index.ts';
import { KeyedRequests } from './keyed-requests.ts';
import type { KeyedRequest } from './identity.ts';
import type { KeyedOperation, KeyedOutcome } from './stored-result.ts';
import { createSweep, weightOf } from './sweep.ts';

export type { KeyedRequest } from './identity.ts';
export type { KeyedOperation, KeyedOutcome, StoredResponse } from './stored-result.ts';

/** Executes each request once, however often it is sent within 24 hours. */
export interface IdempotencyService extends Lifecycle {
  /**
   * The result of a request, stored in the transaction of its write. `operation` is called for a first request only; its
   * errors count as those of executing it. Throws Problem: `idempotency_mismatch` when the key stands for
   * another request, `request_in_progress` while the same request is executed; or as executing it does.
   */
  execute(request: KeyedRequest, operation: () => KeyedOperation): Promise<KeyedOutcome>;
  /** Begins to remove expired rows, now and every ten minutes. */
  start(): void;
  stop(): Promise<void>;
}

export interface IdempotencyOptions {
  readonly database: Database;
  readonly records: Pick<RecordsService, 'execute' | 'transact'>;
  readonly clock: Clock;
  /** By this one kept results are removed; `clock` when left out. */
  readonly expiryClock?: Clock;
  readonly log: Log;
  /** Most results that are kept, long ones counting as several. Each sweep holds to it. */
  readonly keptMax?: number;
}

/** One per process. Replicas agree through the database. */
export function createIdempotency(options: IdempotencyOptions): IdempotencyService {
  const { database, records, clock, expiryClock = clock, log, keptMax = 500_000 } = options;
  const keys = createIdempotencyKeysRepository(database);
  const sweeper = createSweeper({
    name: 'kept answers',
    sweep: createSweep({ database, keys, clock: expiryClock, keptMax }),
    log,
  });
  const untilSweep = keptMax / 4;
  let keptSince = 0;
  const requests = new KeyedRequests({
    database,
    records,
    keys,
    clock,
    onStored(body) {
      keptSince += weightOf(Buffer.byteLength(body ?? ''));
      if (keptSince < untilSweep) return;
      keptSince = 0;
      sweeper.sweepNow();
    },
  });
  return {
    execute: requests.execute.bind(requests),
    name: 'idempotency',
    start: () => sweeper.start(),
    stop: () => sweeper.stop(),
  };
}
