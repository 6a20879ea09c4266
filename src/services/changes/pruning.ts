import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChangesRepository, Database } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';

export interface PruningOptions {
  readonly database: Database;
  readonly stored: ChangesRepository;
  readonly clock: Clock;
  readonly retentionMs: number;
}

/** Few enough that a write beside it waits for milliseconds only. */
const portion = 500;

/** Makes a function that removes entries older than `retentionMs`, in small transactions, and resolves to the count. */
export function createPruning({
  database,
  stored,
  clock,
  retentionMs,
}: PruningOptions): () => Promise<number> {
  return async () => {
    const before = new Date(clock.now().getTime() - retentionMs).toISOString();
    let removed = 0;
    for (;;) {
      const count = await database.write((transaction) =>
        stored.prune(transaction, { before, limit: portion }),
      );
      removed += count;
      if (count < portion) return removed;
      await nextTurn();
    }
  };
}
