import { join } from 'node:path';
import { root, servePlinth, type PlinthOptions, type ServingPlinth } from '../support/plinth/process.ts';

export interface FaultOptions extends Pick<PlinthOptions, 'prefix'> {
  /** DATA_DIR. */
  readonly folder: string;
  /** `postgres://…`; SQLite in the folder without it. */
  readonly databaseUrl?: string | undefined;
}

/** As it is installed, with its own settings of memory. */
export const installed = [process.execPath, join(root, 'bin', 'plinth.js')];

/** Over tests/faults/collections. */
export function faultEnvironment({ folder, databaseUrl }: FaultOptions): Record<string, string> {
  return {
    DATA_DIR: folder,
    COLLECTIONS_DIR: join(import.meta.dirname, 'collections'),
    LOG_FORMAT: 'json',
    SHUTDOWN_TIMEOUT: '25s',
    AUTH_SECRET: 'the secret of the fault tests, of 32 bytes or more',
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  };
}

/** Starts Plinth in a process of its own and waits until it listens. Throws with its output when it ends instead. */
export function startPlinth(options: FaultOptions): Promise<ServingPlinth> {
  const { prefix } = options;
  return servePlinth({
    command: installed,
    environment: faultEnvironment(options),
    ...(prefix !== undefined && { prefix }),
  });
}
