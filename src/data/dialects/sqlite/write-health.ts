import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseUnavailable } from '../../database.ts';

/** So long an answer holds: strangers may ask. */
const answerMs = 1_000;
/** After a write has failed the disk has to take so much at once: a single page may find room in the log. */
const roomBytes = 256 * 1024;

export interface WriteHealthOptions {
  /** Of the database. */
  readonly path: string;
  /** Whether transactions are at work or in line. */
  readonly isBusy: () => boolean;
  /** Writes something that changes nothing. Throws DatabaseUnavailable; `busy` when another process writes. */
  readonly writeNothing: () => Promise<void>;
  /** Told once. */
  readonly onDamage: (error: Error) => void;
}

/** Whether writes work: by those that there are, and where there are none by one of its own. */
export class WriteHealth {
  readonly #options: WriteHealthOptions;
  /** Undefined after a commit that has changed something. */
  #failure: DatabaseUnavailable | undefined;
  #knownAtMs = -Infinity;
  #isDamaged = false;
  #checking: Promise<void> | undefined;

  constructor(options: WriteHealthOptions) {
    this.#options = options;
  }

  /** Part of the file cannot be read, or not be understood: found by some statement since the start. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  noteCommit(): void {
    this.#failure = undefined;
    this.#knownAtMs = performance.now();
  }

  noteFailure(error: unknown): void {
    if (!(error instanceof DatabaseUnavailable)) return;
    if (error.reason === 'damaged') {
      if (!this.#isDamaged) this.#options.onDamage(error);
      this.#isDamaged = true;
    } else if (error.reason === 'full' || error.reason === 'read_only' || error.reason === 'unreachable') {
      this.#failure = error;
      this.#knownAtMs = performance.now();
    }
  }

  /** Throws DatabaseUnavailable when no write works. */
  async check(): Promise<void> {
    if (performance.now() - this.#knownAtMs > answerMs && !this.#options.isBusy()) {
      this.#checking ??= this.#try().finally(() => (this.#checking = undefined));
      await this.#checking;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #try(): Promise<void> {
    try {
      await this.#options.writeNothing();
      if (this.#failure !== undefined) await takeRoom(dirname(this.#options.path));
      this.noteCommit();
    } catch (error) {
      if (error instanceof DatabaseUnavailable && error.reason === 'busy') return;
      const failure =
        error instanceof DatabaseUnavailable ? error : new DatabaseUnavailable('full', { cause: error });
      if (failure.reason === 'damaged') throw failure;
      this.noteFailure(failure);
    }
  }
}

/** Writes a file into the folder and removes it again. */
async function takeRoom(folder: string): Promise<void> {
  const path = join(folder, `.plinth-room-${randomBytes(6).toString('hex')}`);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.write(Buffer.alloc(roomBytes, 1));
    await file.sync();
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}
