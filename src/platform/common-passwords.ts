import { readFileSync } from 'node:fs';
import { join } from 'node:path';

let known: ReadonlySet<string> | undefined;

/**
 * Whether a password, in any case, is one of the 10,000 that are tried first. The list is read when it is first asked,
 * in 2 ms, and takes 1 MB from then on.
 */
export function isCommonPassword(normalised: string): boolean {
  known ??= new Set(readList());
  return known.has(normalised.toLowerCase());
}

function readList(): string[] {
  const lines = readFileSync(join(import.meta.dirname, 'common-passwords.txt'), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}
