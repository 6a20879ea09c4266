import { randomUUID } from 'node:crypto';
import { withDeadline } from '#platform/redis/deadline.ts';

export interface KnownGenerationsOptions {
  /** Asks the database for the generation of every collection. */
  readonly load: () => Promise<ReadonlyMap<string, string>>;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

/** Writes of other processes are seen within a second: this, and the time that the database takes to answer. */
const ageMsMax = 900;
/** From this age on the database is asked again, and no request waits for it. */
const askAgainMs = 450;
/** Between two queries, however often other processes announce writes. */
const pauseMs = 20;
/** A connection may hang while others work; and a later reply would be too old. */
const patienceMs = ageMsMax;
/** Begins a generation that this process made up; none of the database has it. */
const localPrefix = '!';

function newLocal(): string {
  return localPrefix + randomUUID();
}

/** Whether a stamp holds a generation that only this process knows. */
export const isLocal = (stamp: string): boolean => stamp.includes(localPrefix);

/**
 * The generations of collections as this process knows them: queried while there are requests, at most 0.9 s old, and
 * never older than the writes of this process.
 */
export class KnownGenerations {
  readonly #options: KnownGenerationsOptions;
  #known = new Map<string, string>();
  /** When the last query was sent that was answered. */
  #knownSinceMs = -Infinity;
  /** While the database is queried; settles when it has answered, or after `patienceMs`. */
  #asking: Promise<void> | undefined;
  /** Collections that changed here during a query: its reply may be from before. */
  #changedMeanwhile = new Set<string>();
  /** The reply of a running query may be from before a write of unknown extent. */
  #isOutdated = false;
  #isNudged = false;

  constructor(options: KnownGenerationsOptions) {
    this.#options = options;
  }

  /** This process has written to these collections; undefined where it cannot be said which. */
  changed(collections: Iterable<string> | undefined): void {
    if (collections === undefined) {
      this.#known = new Map();
      this.#knownSinceMs = -Infinity;
      this.#isOutdated = true;
      return;
    }
    for (const name of collections) {
      // A generation of its own, until the database tells the one that all processes have.
      if (this.#known.has(name)) this.#known.set(name, newLocal());
      this.#changedMeanwhile.add(name);
    }
  }

  /** Another process has written. */
  invalidate(): void {
    this.#isNudged = true;
  }

  /** Resolves when `stamp` can be asked; undefined when it can be at once. Never rejects. */
  refresh(): Promise<void> | undefined {
    const ageMs = this.#options.nowMs() - this.#knownSinceMs;
    const isNews = this.#isNudged && ageMs >= pauseMs;
    if (ageMs < askAgainMs && !isNews) return undefined;
    const asking = this.#ask();
    return isNews || ageMs >= ageMsMax ? asking : undefined;
  }

  /**
   * The generations of these collections as one text; undefined when they are not known: the database does not answer,
   * or one of them is new to it.
   */
  validator(collections: Iterable<string>): string | undefined {
    if (this.#options.nowMs() - this.#knownSinceMs >= ageMsMax) return undefined;
    let stamp = '';
    for (const name of collections) {
      const generation = this.#known.get(name);
      if (generation === undefined) return undefined;
      stamp += generation;
    }
    return stamp;
  }

  #ask(): Promise<void> {
    this.#asking ??= withDeadline(
      this.#load().finally(() => (this.#asking = undefined)),
      patienceMs,
    ).catch(() => undefined);
    return this.#asking;
  }

  async #load(): Promise<void> {
    const sinceMs = this.#options.nowMs();
    const wasNudged = this.#isNudged;
    this.#isNudged = false;
    this.#changedMeanwhile = new Set();
    this.#isOutdated = false;
    try {
      const loaded = new Map(await this.#options.load());
      if (this.#isOutdated) return;
      for (const name of this.#changedMeanwhile) if (loaded.has(name)) loaded.set(name, newLocal());
      this.#known = loaded;
      this.#knownSinceMs = sinceMs;
    } catch {
      // The callers find out by the missing stamp, and ask the same database.
      this.#isNudged ||= wasNudged;
    }
  }
}
