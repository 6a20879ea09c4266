/** Keys turned away for each that is kept, until others get their turn. */
const strangersPerPlace = 20;

/**
 * Keeps the values of the first so many keys, and starts anew after many others were asked for. A cache
 * that lets its oldest go for every newcomer makes each value live just long enough to be costly for garbage collection
 * (measured: 40 µs a request when filters seldom come again); here a value that is not kept is gone with its request.
 */
export class FillOnceCache<Value> {
  readonly #kept = new Map<string, Value>();
  readonly #places: number;
  #strangers = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get(key: string): Value | undefined {
    return this.#kept.get(key);
  }

  /** Keeps the value, if there is a place. */
  set(key: string, value: Value): void {
    if (this.#kept.size >= this.#places) {
      this.#strangers += 1;
      if (this.#strangers < this.#places * strangersPerPlace) return;
      this.#kept.clear();
    }
    this.#strangers = 0;
    this.#kept.set(key, value);
  }
}
