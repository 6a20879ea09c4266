import { LRUCache } from 'lru-cache';
import { Doorkeeper } from './doorkeeper.ts';
import { isOurs, type Freshness } from './freshness.ts';
import type { SharedAnswers } from './shared.ts';

/** An answer as it is kept: the JSON that goes out, and what its door has to know besides, as JSON. */
export interface KeptText {
  readonly json: string;
  readonly note: string;
}

/** As in RFC 9211: from here, from the database and kept, or from the database because nothing could be kept. */
export type CacheStatus = 'hit' | 'miss' | 'bypass';

export interface FoundAnswer extends KeptText {
  readonly status: CacheStatus;
}

export interface Question {
  /** The query, and for whom it is. Equal keys have equal answers, as long as the collections do not change. */
  readonly key: string;
  /** What the answer is made from. */
  readonly collections: Iterable<string>;
  readonly maxAgeMs: number;
  /** Asks the database. */
  readonly load: () => Promise<KeptText>;
}

export interface AnswersOptions {
  readonly freshness: Freshness;
  /** Where replicas share answers. */
  readonly shared?: SharedAnswers | undefined;
  readonly itemsMax: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

interface Entry extends KeptText {
  /** The generations it was made from, or from before a later one. */
  readonly stamp: string;
  readonly expiresAtMs: number;
}

interface Flight {
  readonly entry: Promise<Entry>;
  readonly expiresAtMs: number;
}

/** Of all keys and answers in memory, as UTF-16. */
const bytesMax = 32 * 1024 * 1024;
/** With fewer there is room for more. */
const roomyBytes = 0.9 * bytesMax;
/** A larger answer is not kept. */
export const lengthMax = 1024 * 1024;

/**
 * Kept answers: in the memory of this process, before that of all replicas, before the database. Each is kept with the
 * generations that were known before it was loaded, and only used while these are the ones that are known.
 */
export class Answers {
  readonly #options: AnswersOptions;
  readonly #entries: LRUCache<string, Entry>;
  readonly #doorkeeper = new Doorkeeper();
  /** One question is asked once at a time. */
  readonly #flights = new Map<string, Flight>();

  constructor(options: AnswersOptions) {
    this.#options = options;
    this.#entries = new LRUCache({
      max: options.itemsMax,
      maxSize: bytesMax,
      maxEntrySize: 2 * lengthMax,
      sizeCalculation: ({ json, note, stamp }, key) =>
        2 * (key.length + json.length + note.length + stamp.length),
    });
  }

  /** Throws what `load` throws; nothing of that is kept. */
  async find(question: Question): Promise<FoundAnswer> {
    const { freshness, nowMs } = this.#options;
    const settling = freshness.settle();
    if (settling !== undefined) await settling;
    const stamp = freshness.stamp(question.collections);
    if (stamp === undefined) return { ...(await question.load()), status: 'bypass' };
    const entry = this.#entries.get(question.key);
    if (entry !== undefined && entry.stamp === stamp && nowMs() < entry.expiresAtMs)
      return { json: entry.json, note: entry.note, status: 'hit' };
    return this.#fly(question, stamp);
  }

  async #fly(question: Question, stamp: string): Promise<FoundAnswer> {
    const { nowMs } = this.#options;
    const name = `${stamp} ${question.key}`;
    const flying = this.#flights.get(name);
    if (flying !== undefined && nowMs() < flying.expiresAtMs) {
      const { json, note } = await flying.entry;
      return { json, note, status: 'hit' };
    }
    // What is asked for once is worth neither a way to Redis nor, where there is no more, a place.
    const isKnown = this.#entries.has(question.key) || this.#doorkeeper.knows(question.key);
    let status: CacheStatus = 'hit';
    const flight: Flight = {
      expiresAtMs: nowMs() + question.maxAgeMs,
      entry: this.#fetch(question, stamp, isKnown, () => (status = 'miss')),
    };
    this.#flights.set(name, flight);
    try {
      const entry = await flight.entry;
      if (isKnown || this.#hasRoom()) this.#entries.set(question.key, entry);
      return { json: entry.json, note: entry.note, status };
    } finally {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    }
  }

  #hasRoom(): boolean {
    const { size, max, calculatedSize } = this.#entries;
    return size < max && calculatedSize < roomyBytes;
  }

  async #fetch(question: Question, stamp: string, isKnown: boolean, missed: () => void): Promise<Entry> {
    const { nowMs } = this.#options;
    const shared = isKnown && !isOurs(stamp) ? this.#options.shared : undefined;
    const found =
      shared?.isUp() === true ? await shared.find(question.key, stamp, question.maxAgeMs) : undefined;
    if (found !== undefined) {
      const { json, note, remainingMs } = found;
      return { json, note, stamp, expiresAtMs: nowMs() + remainingMs };
    }
    missed();
    const expiresAtMs = nowMs() + question.maxAgeMs;
    const { json, note } = await question.load();
    shared?.keep(question.key, stamp, { json, note }, expiresAtMs - nowMs());
    return { json, note, stamp, expiresAtMs };
  }
}
