import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAtEnd } from './closing.ts';

export const root = join(import.meta.dirname, '../../..');
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
  /** Comes before the command: a tracer. */
  readonly prefix?: readonly string[];
  readonly uid?: number;
  /** Makes it the head of a process group: a launcher and what it launches end together by `process.kill(-pid)`. */
  readonly group?: boolean;
}

/** A new folder under the system's temporary one, removed at the end of the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-test-'));
  closeAtEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the program as users do, with an environment of its own and the collections of this repository. */
export function spawnPlinth(args: readonly string[], options: PlinthOptions = {}): PlinthProcess {
  const directory = options.directory ?? temporaryFolder();
  const command = [...(options.prefix ?? []), ...(options.command ?? [process.execPath, main]), ...args];
  const child = spawn(command[0] as string, command.slice(1), {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      HOME: tmpdir(),
      PORT: '0',
      RATE_LIMIT: 'off',
      // A quarter of it goes to clients that keep their connections and ask nothing more.
      SHUTDOWN_TIMEOUT: '2s',
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
          if (found === null) return;
          listeners.delete(look);
          resolve(found);
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

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  // The tests know what they asked for.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface ServingPlinth extends PlinthProcess {
  readonly url: string;
  readonly port: number;
  /** Sends JSON. Rejects when there is no answer within 30 s, or the process ends meanwhile. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Received>;
  /** Sends a signal, SIGTERM unless told otherwise, and waits for the end. Safe to call twice. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

const answerTimeoutMs = 30_000;

/** Starts `plinth serve` and waits until it listens; killed at the end of the test file if it still runs. */
export async function servePlinth(options: PlinthOptions = {}): Promise<ServingPlinth> {
  const started = spawnPlinth(['serve'], options);
  closeAtEnd(() => started.child.kill('SIGKILL'));
  const [, url = ''] = await started.says(/"url":"(http:[^"]+)"/);
  return {
    ...started,
    url,
    port: Number(new URL(url).port),
    request: (...of) => request(url, ...of),
    stop(signal = 'SIGTERM') {
      started.child.kill(signal);
      return started.ended;
    },
  };
}

async function request(
  url: string,
  ...[method, path, body, headers = {}]: Parameters<ServingPlinth['request']>
): Promise<Received> {
  const answer = await fetch(url + path, {
    method,
    signal: AbortSignal.timeout(answerTimeoutMs),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}
