import { randomUUID } from 'node:crypto';
import { withDeadline } from '#platform/redis/deadline.ts';

export interface KnownGenerationsOptions {
  /** Asks the database for the generation of every collection. */
  readonly load: () => Promise<ReadonlyMap<string, string>>;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

/** What others have written is seen after a second: this, and the time an answer takes. */
const ageMsMax = 900;
/** From then on the database is asked again, and nobody waits for it. */
const askAgainMs = 450;
/** Between two questions, however often others say that they have written. */
const pauseMs = 20;
/** One connection that hangs is not worth waiting for: others may work. What comes later would be too old besides. */
const patienceMs = ageMsMax;
/** Begins what this process calls a generation of its own; in none of the database. */
const localPrefix = '!';

function newLocal(): string {
  return localPrefix + randomUUID();
}

/** Whether nobody but this process knows generations by this stamp. */
export const isLocal = (stamp: string): boolean => stamp.includes(localPrefix);

/**
 * The generations of collections as this process knows them: asked for while there are requests, at most 0.9 s old, and
 * never older than what this process itself has written.
 */
export class KnownGenerations {
  readonly #options: KnownGenerationsOptions;
  #known = new Map<string, string>();
  /** When the last question was sent that was answered. */
  #knownSinceMs = -Infinity;
  /** While the database is asked; settles when it has answered, or nobody waits any longer. */
  #asking: Promise<void> | undefined;
  /** What changed here while the database is asked: the answer may be from before. */
  #changedMeanwhile = new Set<string>();
  /** What the database answers may be from before, whatever it is about. */
  #isOutdated = false;
  #isNudged = false;

  constructor(options: KnownGenerationsOptions) {
    this.#options = options;
  }

  /** This process has written: nothing from before counts any more. Undefined when nobody can say what it has written. */
  changed(collections: Iterable<string> | undefined): void {
    if (collections === undefined) {
      this.#known = new Map();
      this.#knownSinceMs = -Infinity;
      this.#isOutdated = true;
      return;
    }
    for (const name of collections) {
      // One that nobody else has, until the database tells the one that all have.
      if (this.#known.has(name)) this.#known.set(name, newLocal());
      this.#changedMeanwhile.add(name);
    }
  }

  /** Somebody else has written. */
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
      // Who asked finds out: there is no stamp, and the same database has to answer them.
      this.#isNudged ||= wasNudged;
    }
  }
}
