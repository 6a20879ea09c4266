import type { ChangesPage, CommittedChanges } from '#data/index.ts';
import type { Position } from '#domain/changes.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';

/** The notice to a subscriber. */
export interface ChangeNotice {
  /**
   * `here`: this process has committed the changes, and has not yet acknowledged them. `elsewhere`: the changes were
   * found in the log, soon after their commit; those of this process are found there as well.
   */
  readonly origin: 'here' | 'elsewhere';
  /** Ids by collection; see CommittedChanges. */
  readonly changed: CommittedChanges;
}

export type ChangeSubscriber = (notice: ChangeNotice) => void;

export interface ReadOptions {
  readonly limit: number;
  /** All collections when left out. */
  readonly collections?: ReadonlySet<string>;
}

/**
 * The only source of "something has changed". Changes of this process are told before they are acknowledged, those of
 * others from the start on, within half a second, or when `wake` is called.
 */
export interface ChangesService extends Lifecycle {
  start(): void;
  /** The subscriber must not throw. Returns how to end it. */
  subscribe(subscriber: ChangeSubscriber): () => void;
  /** Looks at the log at once: to be called when other processes may have changed something. */
  wake(): void;
  /** The end of the log. A reader of records after that, and of the log from here, misses nothing. */
  position(): Promise<Position>;
  /** The entries after a position, oldest first. Undefined when the log does not reach back to it. */
  read(after: Position, options: ReadOptions): Promise<ChangesPage | undefined>;
}
