const slots = 1 << 18;
/** Cleared at 1/16 full, which bounds false positives at about 6 %. */
const keysMax = slots / 16;

/**
 * Tells, roughly, whether a key was asked for lately: up to one new key in sixteen is taken for a known one. It guards a
 * full cache: a key that is asked for once is worth neither the slot of another, nor the work of garbage collection with
 * a value that lives just long enough to be moved (the doorkeeper of TinyLFU, Einziger and others, 2017).
 */
export class Doorkeeper {
  /** A bit for each slot. */
  readonly #shown = new Uint32Array(slots / 32);
  #count = 0;

  /** Whether the key was shown before; from now on it was. */
  seenBefore(key: string): boolean {
    const slot = slotOf(key);
    const word = slot >>> 5;
    const bit = 1 << (slot & 31);
    if (((this.#shown[word] as number) & bit) !== 0) return true;
    if (this.#count >= keysMax) {
      this.#shown.fill(0);
      this.#count = 0;
    }
    (this.#shown[word] as number) |= bit;
    this.#count += 1;
    return false;
  }
}

/** FNV-1a, folded. */
function slotOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash >>> 18) ^ hash) & (slots - 1);
}
