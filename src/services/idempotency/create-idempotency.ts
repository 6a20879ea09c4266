import { createKeptAnswersRepository, type Database } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/log.ts';
import { createSweeper } from '#platform/sweeper.ts';
import type { IdempotencyService } from './idempotency.ts';
import { Requests } from './requests.ts';
import { createSweep } from './sweep.ts';

export interface IdempotencyOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Most answers that are kept; beyond it those go first that would expire first. Looked at by each sweep. */
  readonly keptMax?: number;
}

/** One per process. Replicas agree through the database. */
export function createIdempotency(options: IdempotencyOptions): IdempotencyService {
  const { database, clock, log, keptMax = 500_000 } = options;
  const answers = createKeptAnswersRepository(database);
  const requests = new Requests({ database, answers, clock });
  return {
    once: (request, firstTime) => requests.once(request, firstTime),
    ...createSweeper({
      what: 'kept answers',
      sweep: createSweep({ database, answers, clock, keptMax }),
      log,
    }),
  };
}
