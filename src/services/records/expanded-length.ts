/** The limit of expanded records within a page, in characters: the same as that of a page of their own. */
const lengthMax = 4_000_000;

const known = new WeakMap<object, number>();

/**
 * Whether expanded records make an answer too long. A record that many refer to is in the answer many times, with all that
 * is expanded in it; it is measured once.
 */
export function areTooLong(expanded: Iterable<object>): boolean {
  let length = 0;
  for (const record of expanded) {
    length += lengthOf(record);
    if (length > lengthMax) return true;
  }
  return false;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let length = known.get(value);
  if (length !== undefined) return length;
  length = 0;
  for (const [name, member] of Object.entries(value)) length += name.length + lengthOf(member);
  known.set(value, length);
  return length;
}
