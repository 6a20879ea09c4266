/** JSON pointers (RFC 6901): `/properties/title`; the empty pointer is the whole document. */

/** The pointer one or more members or indexes further in (section 3: `~` is written `~0`, `/` is written `~1`). */
export function appendToPointer(pointer: string, ...keys: readonly (string | number)[]): string {
  return keys.reduce<string>(
    (parent, key) => `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    pointer,
  );
}

/** The members and indexes that a pointer names, unescaped (section 4). */
export function keysOfPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}
