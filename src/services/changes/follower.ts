import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChangesRepository, CommittedChanges, Database } from '#data/index.ts';
import type { Position } from '#domain/changes.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';
import type { Log } from '#platform/telemetry/log.ts';

export interface FollowerOptions {
  readonly database: Database;
  readonly stored: ChangesRepository;
  readonly log: Log;
  /** Called with the changes found in the log. */
  readonly onChange: (changed: CommittedChanges) => void;
}

export interface Follower extends Lifecycle {
  start(): void;
  /** Looks at once. Does nothing before the start. */
  wake(): void;
}

/** Asked so often, a log without news costs one look-up. */
const pollMs = 500;
const pageSize = 1_000;

/** Follows the end of the change log, for the changes of other processes. */
export function createFollower({ database, stored, log, onChange }: FollowerOptions): Follower {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let isAwaited = false;
  let position: Position | undefined;

  const pageAfter = (after: Position) =>
    database.read((reader) => stored.changedSince(reader, { after, limit: pageSize }));

  async function look(): Promise<void> {
    if (position === undefined) {
      position = await database.read((reader) => stored.position(reader));
      // Entries before this position are unknown, so all data read before may be outdated.
      onChange(undefined);
    }
    for (;;) {
      const page = await pageAfter(position);
      if (page === undefined) {
        position = undefined;
        return;
      }
      position = page.next;
      if (page.changed?.size !== 0) onChange(page.changed);
      if (page.isLast) return;
      await nextTurn();
    }
  }

  function run(): void {
    isAwaited = looking !== undefined;
    looking ??= look()
      .catch((error: unknown) => log.debug({ error }, 'the change log could not be read'))
      .finally(() => {
        looking = undefined;
        if (isAwaited && timer) run();
      });
  }

  return {
    name: 'follower of the change log',
    start() {
      timer ??= setInterval(run, pollMs).unref();
      run();
    },
    wake() {
      if (timer) run();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await looking;
    },
  };
}
