import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The folder holds records, password hashes and the secret of all tokens. */
const ownerOnly = 0o700;

/**
 * Makes a folder, and those above it, where they are missing, for their owner alone. Throws the file system's error, with
 * its true code: on a read-only disk Node's recursive `mkdir` reports ENOENT.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, ownerOnly);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, ownerOnly);
  }
}
