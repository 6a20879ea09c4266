const places = 1 << 18;
/** More would take so many places that strangers look like acquaintances. */
const keptMax = places / 16;

/**
 * Knows which keys it was shown lately, roughly: of others it takes up to one in sixteen for one it knows. For a cache
 * that is full: what is asked for only once is not worth the place of something else, nor the work that garbage
 * collection has with values that live just long enough to be moved (the doorkeeper of TinyLFU, Einziger and others,
 * 2017).
 */
export class Doorkeeper {
  /** A bit for each place. */
  readonly #shown = new Uint32Array(places / 32);
  #count = 0;

  /** Whether the key was shown before; from now on it was. */
  seenBefore(key: string): boolean {
    const place = placeOf(key);
    const word = place >>> 5;
    const bit = 1 << (place & 31);
    if (((this.#shown[word] as number) & bit) !== 0) return true;
    if (this.#count >= keptMax) {
      this.#shown.fill(0);
      this.#count = 0;
    }
    (this.#shown[word] as number) |= bit;
    this.#count += 1;
    return false;
  }
}

/** FNV-1a, folded. */
function placeOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash >>> 18) ^ hash) & (places - 1);
}
