import { LRUCache } from 'lru-cache';
import { Doorkeeper } from './doorkeeper.ts';
import { isLocal, type KnownGenerations } from './known-generations.ts';
import { lengthMax, type CachedResponse, type SharedCache } from './shared-cache.ts';

/** As in RFC 9211: found here; loaded and stored; loaded because nothing could be stored. */
export type CacheStatus = 'hit' | 'miss' | 'bypass';

export interface CacheLookup extends CachedResponse {
  readonly status: CacheStatus;
}

export interface CacheQuery {
  /** Query and audience. Equal keys have equal responses as long as the collections do not change. */
  readonly key: string;
  /** The collections that the response is made from. */
  readonly collections: Iterable<string>;
  readonly maxAgeMs: number;
  /** Loads the response from the database. */
  readonly load: () => Promise<CachedResponse>;
}

export interface ResponseCacheOptions {
  readonly freshness: KnownGenerations;
  /** Where replicas share responses. */
  readonly shared?: SharedCache | undefined;
  readonly itemsMax: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
}

interface Entry extends CachedResponse {
  /** The generations that were known before it was loaded. */
  readonly stamp: string;
  readonly expiresAtMs: number;
}

interface Flight {
  readonly stamp: string;
  readonly expiresAtMs: number;
  readonly found: Promise<CacheLookup>;
}

/** All keys and responses in memory, as UTF-16. */
const bytesMax = 32 * 1024 * 1024;
/** Below this, a response is stored however seldom it is asked for. */
const roomyBytes = 0.9 * bytesMax;

/**
 * Read-through cache: process memory, then Redis, then the database. An entry is valid only while the generations it was
 * loaded under are current.
 */
export class ResponseCache {
  readonly #options: ResponseCacheOptions;
  readonly #entries: LRUCache<string, Entry>;
  readonly #doorkeeper = new Doorkeeper();
  /** By key: equal queries share one load at a time. */
  readonly #flights = new Map<string, Flight>();

  constructor(options: ResponseCacheOptions) {
    this.#options = options;
    this.#entries = new LRUCache({
      max: options.itemsMax,
      maxSize: bytesMax,
      maxEntrySize: 2 * lengthMax,
      sizeCalculation: ({ json, note, stamp }, key) =>
        2 * (key.length + json.length + note.length + stamp.length),
    });
  }

  /** Finds or loads a result. Throws the errors of `load`, and stores nothing then. */
  async find(question: CacheQuery): Promise<CacheLookup> {
    const { freshness, nowMs } = this.#options;
    const settling = freshness.refresh();
    if (settling !== undefined) await settling;
    const stamp = freshness.validator(question.collections);
    if (stamp === undefined) return { ...(await question.load()), status: 'bypass' };
    const entry = this.#entries.get(question.key);
    const now = nowMs();
    if (entry !== undefined && entry.stamp === stamp && now < entry.expiresAtMs)
      return { json: entry.json, note: entry.note, status: 'hit' };
    const flying = this.#flights.get(question.key);
    if (flying !== undefined && flying.stamp === stamp && now < flying.expiresAtMs) {
      const { json, note } = await flying.found;
      return { json, note, status: 'hit' };
    }
    // A key that is asked for once is worth neither a way to Redis nor a slot of a full cache.
    const isKnown = entry !== undefined || this.#doorkeeper.seenBefore(question.key);
    const flight = {
      stamp,
      expiresAtMs: now + question.maxAgeMs,
      found: this.#fetch(question, stamp, isKnown),
    };
    this.#flights.set(question.key, flight);
    try {
      return await flight.found;
    } finally {
      if (this.#flights.get(question.key) === flight) this.#flights.delete(question.key);
    }
  }

  #hasRoom(): boolean {
    const { size, max, calculatedSize } = this.#entries;
    return size < max && calculatedSize < roomyBytes;
  }

  /** From Redis, else from the database; and stores it. */
  async #fetch(question: CacheQuery, stamp: string, isKnown: boolean): Promise<CacheLookup> {
    const { key, maxAgeMs } = question;
    const { nowMs } = this.#options;
    const shared = isKnown && !isLocal(stamp) ? this.#options.shared : undefined;
    const found = shared?.isUp() === true ? await shared.find(key, stamp, maxAgeMs) : undefined;
    const expiresAtMs = nowMs() + (found?.remainingMs ?? maxAgeMs);
    const { json, note } = found ?? (await question.load());
    if (found === undefined) shared?.keep(key, stamp, { json, note }, expiresAtMs - nowMs());
    if (isKnown || this.#hasRoom()) this.#entries.set(key, { json, note, stamp, expiresAtMs });
    return { json, note, status: found === undefined ? 'miss' : 'hit' };
  }
}
