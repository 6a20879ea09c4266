import type { Demand } from '../../database.ts';

interface Entry<Item> {
  readonly item: Item;
  readonly demand: Demand;
}

export interface FairQueueOptions {
  /** How many of one collection may be at work. */
  readonly share: number;
  readonly waitingMax: number;
}

/** A bounded line in which callers take turns, however many requests each of them has in it. */
export class FairQueue<Item> {
  readonly #options: FairQueueOptions;
  /** By caller, in the order of their turns. */
  readonly #lines = new Map<string, Entry<Item>[]>();
  /** At work, by collection. */
  readonly #working = new Map<string, number>();
  #waiting = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Adds an item. If the queue is full, returns the item to drop: the last one of the caller with the most items. */
  add(item: Item, demand: Demand): Item | undefined {
    const key = lineOf(demand);
    const line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, [{ item, demand }]);
    else line.push({ item, demand });
    if (++this.#waiting <= this.#options.waitingMax) return undefined;
    const longest = [...this.#lines.values()].reduce((one, other) =>
      other.length > one.length ? other : one,
    );
    const last = longest.at(-1) as Entry<Item>;
    this.remove(last.item);
    return last.item;
  }

  /** Takes the next item; undefined when none waits, or all wait for collections that have their share. */
  take(): Item | undefined {
    for (const [key, line] of this.#lines) {
      const index = line.findIndex(({ demand }) => this.#workingOn(demand) < this.#options.share);
      if (index < 0) continue;
      const [entry] = line.splice(index, 1) as [Entry<Item>];
      this.#waiting--;
      this.#lines.delete(key);
      if (line.length > 0) this.#lines.set(key, line);
      this.#working.set(nameOf(entry.demand), this.#workingOn(entry.demand) + 1);
      return entry.item;
    }
    return undefined;
  }

  /** To be called once for each taken item, when its work is over. */
  done(demand: Demand): void {
    const left = this.#workingOn(demand) - 1;
    if (left > 0) this.#working.set(nameOf(demand), left);
    else this.#working.delete(nameOf(demand));
  }

  /** Removes a waiting item; false if it does not wait any more. */
  remove(item: Item): boolean {
    for (const [key, line] of this.#lines) {
      const index = line.findIndex((entry) => entry.item === item);
      if (index < 0) continue;
      line.splice(index, 1);
      this.#waiting--;
      if (line.length === 0) this.#lines.delete(key);
      return true;
    }
    return false;
  }

  /** Empties the line. */
  drain(): Item[] {
    const all = [...this.#lines.values()].flatMap((line) => line.map(({ item }) => item));
    this.#lines.clear();
    this.#waiting = 0;
    return all;
  }

  #workingOn(demand: Demand): number {
    return this.#working.get(nameOf(demand)) ?? 0;
  }
}

const lineOf = ({ caller = '' }: Demand): string => caller;
const nameOf = ({ collections }: Demand): string => collections?.[0] ?? '';
