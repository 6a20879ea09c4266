/**
 * Results about an object, kept on the object itself, where neither `{ ...object }` nor JSON sees them. Like a
 * WeakMap, which it replaces where the objects come and go with the requests: each young key of a WeakMap makes every
 * collection of young garbage longer, by more than most results kept in it are worth.
 */
export class Memo<Key extends object, Value> {
  readonly #name = Symbol('memo');

  /** Undefined when nothing was set. */
  get(key: Key): Value | undefined {
    return (key as Record<symbol, Value | undefined>)[this.#name];
  }

  /** Stores the result for a key, once: it does not change. Throws TypeError for a frozen object. */
  set(key: Key, value: Value): void {
    Object.defineProperty(key, this.#name, { value });
  }
}
