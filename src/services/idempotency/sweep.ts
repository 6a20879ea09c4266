import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database, IdempotencyKeysRepository, IdempotencyRowSize } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import { fairShare } from './fair-share.ts';
import { quotaOwnerOf, type QuotaOwner } from './identity.ts';

export interface SweepOptions {
  readonly database: Database;
  readonly keys: IdempotencyKeysRepository;
  readonly clock: Clock;
  readonly keptMax: number;
}

/** Rows of one transaction: few enough that a write beside it waits for milliseconds only. */
const portion = 500;
/** Rows that are looked at in one turn of the event loop. */
const pageSize = 1_000;
/** A row counts once for each of these that its body has begun, so that the limit is one for bytes as well. */
const bytesOfOne = 4096;

/** The part of the limit that a row with a body of so many bytes takes. */
export function weightOf(bytes: number): number {
  return 1 + Math.floor(bytes / bytesOfOne);
}

/**
 * Removes expired rows, and rows beyond the limit, in small transactions; returns their number. Beyond the limit the
 * owners with the largest weight lose rows, so an owner can take room from itself only.
 */
export function createSweep(options: SweepOptions): () => Promise<number> {
  const { database, keys, clock, keptMax } = options;
  async function removeExpired(): Promise<number> {
    const now = clock.now().toISOString();
    let removed = 0;
    for (;;) {
      const count = await database.write((transaction) =>
        keys.removeUntil(transaction, { until: now, limit: portion }),
      );
      removed += count;
      if (count < portion) return removed;
    }
  }

  /** Removes rows of one owner, those first that would expire first. */
  async function trim({ prefix }: QuotaOwner, share: number): Promise<number> {
    const before = `${prefix}~`;
    const sizes: Omit<IdempotencyRowSize, 'key'>[] = [];
    for await (const page of pagesOf(options, prefix, before)) {
      for (const { expiresAt, bytes } of page) sizes.push({ expiresAt, bytes });
    }
    sizes.sort((one, other) => (one.expiresAt > other.expiresAt ? -1 : 1));
    let weight = 0;
    // The latest stays, however long it is.
    const last = sizes.find(({ bytes }, index) => (weight += weightOf(bytes)) > share && index > 0);
    if (last === undefined) return 0;
    let removed = 0;
    for await (const page of pagesOf(options, prefix, before)) {
      const removable = page.filter(({ expiresAt }) => expiresAt <= last.expiresAt).map(({ key }) => key);
      for (let from = 0; from < removable.length; from += portion) {
        removed += await database.write((transaction) =>
          keys.remove(transaction, removable.slice(from, from + portion)),
        );
      }
    }
    return removed;
  }

  return async () => {
    let removed = await removeExpired();
    const owners = await weigh(options);
    const weights = owners.map(({ weight }) => weight);
    // One at least: with more owners than room, all of them would lose everything.
    const share = Math.max(1, fairShare(weights, keptMax));
    for (const owner of owners) {
      if (owner.weight > share) removed += await trim(owner, share);
    }
    return removed;
  };
}

/** Every owner with the weight of its rows. */
async function weigh(options: SweepOptions): Promise<QuotaOwner[]> {
  const owners: QuotaOwner[] = [];
  for await (const page of pagesOf(options, '')) {
    for (const { key, bytes } of page) {
      const prefix = quotaOwnerOf(key);
      let owner = owners.at(-1);
      if (owner?.prefix !== prefix) owners.push((owner = { prefix, weight: 0 }));
      owner.weight += weightOf(bytes);
    }
  }
  return owners;
}

/** Pages of rows in the order of their keys, in which the rows of an owner are adjacent. */
async function* pagesOf(
  { database, keys }: SweepOptions,
  after: string,
  before?: string,
): AsyncGenerator<readonly IdempotencyRowSize[]> {
  let last = after;
  for (;;) {
    const range = { after: last, before, limit: pageSize };
    const page = await database.read((reader) => keys.sizes(reader, range));
    yield page;
    if (page.length < pageSize) return;
    last = (page.at(-1) as IdempotencyRowSize).key;
    await nextTurn();
  }
}
