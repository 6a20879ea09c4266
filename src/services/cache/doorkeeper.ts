const places = 1 << 16;
/** More would make most places taken. */
const keptMax = places / 2;

/**
 * Knows which keys it was shown lately, roughly: one in some is mistaken for another. For a cache that is full: what is
 * asked for only once is not worth the place of something else, nor the work that garbage collection has with values
 * that live just long enough to be moved (the doorkeeper of TinyLFU, Einziger and others, 2017).
 */
export class Doorkeeper {
  readonly #shown = new Uint8Array(places);
  #count = 0;

  /** Whether the key was shown before; from now on it was. */
  knows(key: string): boolean {
    const place = placeOf(key);
    if (this.#shown[place] === 1) return true;
    if (this.#count >= keptMax) {
      this.#shown.fill(0);
      this.#count = 0;
    }
    this.#shown[place] = 1;
    this.#count += 1;
    return false;
  }
}

/** FNV-1a, folded to 16 bits. */
function placeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash >>> 16) ^ hash) & (places - 1);
}
