import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './folder.ts';
import { InvalidSettings } from './load.ts';
import type { Settings } from './settings.ts';
import { isWeakSecret } from './weak-secret.ts';

const bytes = 32;

/**
 * AUTH_SECRET, or the random secret of this DATA_DIR. The first call makes it; processes that call at the same moment
 * get the same one. Throws InvalidSettings for a damaged file, the file system's error when DATA_DIR cannot be used.
 */
export function loadAuthSecret(settings: Settings): string {
  if (settings.authSecret !== undefined) return settings.authSecret;
  const file = authSecretFile(settings);
  const secret = readSecret(file) ?? makeSecret(file, settings.dataDir);
  if (Buffer.byteLength(secret) >= bytes && !isWeakSecret(secret)) return secret;
  throw new InvalidSettings([
    `${file} must hold at least ${bytes} bytes that cannot be guessed. Delete it to have a new secret made (everybody has to sign in again), or set AUTH_SECRET.`,
  ]);
}

export function authSecretFile(settings: Pick<Settings, 'dataDir'>): string {
  return join(settings.dataDir, 'auth-secret');
}

function readSecret(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function makeSecret(file: string, directory: string): string {
  makeFolder(directory);
  // The draft is complete before it gets the name of the file, so a reader never finds part of a secret.
  const draft = `${file}.${process.pid}-${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(bytes).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  try {
    chmodSync(draft, 0o600);
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}
