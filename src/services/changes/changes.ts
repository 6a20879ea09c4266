import type { ChangesPage, CommittedChanges } from '#data/index.ts';
import type { Position } from '#domain/changes.ts';
import type { Lifecycle } from '#platform/lifecycle.ts';

/** What a subscriber is told. */
export interface ChangeNotice {
  /**
   * `here`: this process has committed it, and has not yet acknowledged it. `elsewhere`: it was found in the log, soon
   * after; what this process has committed is found there as well.
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
  /** Somebody has heard that others have changed something. */
  wake(): void;
  /** The end of the log. A reader of records after that, and of the log from here, misses nothing. */
  position(): Promise<Position>;
  /** The entries after a position, oldest first. Undefined when the log does not reach back to it. */
  read(after: Position, options: ReadOptions): Promise<ChangesPage | undefined>;
}
