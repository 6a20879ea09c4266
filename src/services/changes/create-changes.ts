import { createChangesRepository, type Database } from '#data/index.ts';
import type { Model } from '#domain/collections/model.ts';
import type { Clock } from '#platform/clock.ts';
import type { Log } from '#platform/telemetry/log.ts';
import { createSweeper } from '#platform/sweeper.ts';
import type { ChangeNotice, ChangesService, ChangeSubscriber } from './changes.ts';
import { createFollower } from './follower.ts';
import { createPruning } from './pruning.ts';

export interface ChangesOptions {
  readonly database: Database;
  readonly collections: { current(): Model };
  readonly clock: Clock;
  readonly log: Log;
  /** CHANGES_RETENTION. */
  readonly retentionMs: number;
}

/** One per process. Nothing is asked of the database before the start. */
export function createChanges({
  database,
  collections,
  clock,
  log,
  retentionMs,
}: ChangesOptions): ChangesService {
  const stored = createChangesRepository(database);
  const subscribers = new Set<ChangeSubscriber>();
  const tell = (notice: ChangeNotice) => {
    for (const subscriber of subscribers) subscriber(notice);
  };
  database.onCommit((changed) => tell({ origin: 'here', changed }));
  const follower = createFollower({
    database,
    stored,
    log,
    onChange: (changed) => tell({ origin: 'elsewhere', changed }),
  });
  const pruning = createSweeper({
    name: 'old entries of the change log',
    sweep: createPruning({ database, stored, clock, retentionMs }),
    log,
  });
  return {
    name: 'changes',
    start() {
      follower.start();
      pruning.start();
    },
    async stop() {
      await follower.stop();
      await pruning.stop();
    },
    subscribe(subscriber) {
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
    wake: () => follower.wake(),
    position: () => database.read((reader) => stored.position(reader)),
    read(after, { limit, collections: wanted }) {
      const all = [...collections.current().collections.values()];
      const read = wanted === undefined ? all : all.filter(({ name }) => wanted.has(name));
      return database.read((reader) => stored.read(reader, { after, limit, collections: read }));
    },
  };
}
