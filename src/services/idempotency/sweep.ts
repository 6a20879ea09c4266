import type { Database, KeptAnswersRepository } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';

export interface SweepOptions {
  readonly database: Database;
  readonly answers: KeptAnswersRepository;
  readonly clock: Clock;
  readonly keptMax: number;
}

/** Few enough that a write beside it waits for milliseconds only. */
const portion = 500;

/** Clears away what has expired, and what is beyond the limit, in small units of work; how much there was. */
export function createSweep({ database, answers, clock, keptMax }: SweepOptions): () => Promise<number> {
  return async () => {
    const now = clock.now().toISOString();
    const beyond = await database.read((session) => answers.expiryAfter(session, keptMax));
    const until = beyond !== undefined && beyond > now ? beyond : now;
    let removed = 0;
    for (;;) {
      const count = await database.write((unit) => answers.removeUntil(unit, { until, limit: portion }));
      removed += count;
      if (count < portion) return removed;
    }
  };
}
