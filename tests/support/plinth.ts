import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export const root = join(import.meta.dirname, '../..');
const main = join(root, 'src/main.ts');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PlinthProcess {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly written: { stdout: string; stderr: string };
  /** Settles when `pattern` is in what it has written; fails when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

export interface PlinthOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** A new, empty folder when left out. */
  readonly directory?: string;
  readonly input?: string;
  /** Instead of this Node and src/main.ts. */
  readonly command?: readonly string[];
  readonly uid?: number;
  /** Makes it the head of a process group: a launcher and what it launches end together by `process.kill(-pid)`. */
  readonly group?: boolean;
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder under the system's temporary one, removed when this process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-test-'));
  folders.push(folder);
  return folder;
}

/** Starts the program as users do, with an environment of its own and the collections of this repository. */
export function spawnPlinth(args: readonly string[], options: PlinthOptions = {}): PlinthProcess {
  const directory = options.directory ?? temporaryFolder();
  const [program, ...before] = options.command ?? [process.execPath, main];
  const child = spawn(program as string, [...before, ...args], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: tmpdir(),
      PORT: '0',
      RATE_LIMIT: 'off',
      DATA_DIR: join(directory, 'data'),
      COLLECTIONS_DIR: join(root, 'collections'),
      ...options.environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.group === true,
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const written = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...written }));
  });
  return {
    child,
    written,
    ended,
    says(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(written.stdout) ?? pattern.exec(written.stderr);
          if (found !== null) resolve(found);
        };
        listeners.add(look);
        look();
        const tell = () =>
          reject(new Error(`ended before it said ${pattern}:\n${written.stdout}${written.stderr}`));
        void ended.then(tell, reject);
      });
    },
  };
}

/** Runs one command to its end. */
export function plinth(args: readonly string[], options: PlinthOptions = {}): Promise<Ended> {
  return spawnPlinth(args, options).ended;
}

export interface ServingPlinth extends PlinthProcess {
  readonly url: string;
  /** SIGTERM, and the end. */
  stop(): Promise<Ended>;
}

/** Starts `plinth serve` and waits until it listens; killed at the end of the test file if it still runs. */
export async function servePlinth(options: PlinthOptions = {}): Promise<ServingPlinth> {
  const started = spawnPlinth(['serve'], options);
  after(() => started.child.kill('SIGKILL'));
  const [, url] = await started.says(/"url":"(http:[^"]+)"/);
  return {
    ...started,
    url: url as string,
    stop() {
      started.child.kill('SIGTERM');
      return started.ended;
    },
  };
}
