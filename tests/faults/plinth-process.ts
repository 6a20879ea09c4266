import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../support/postgres-server.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The tests know what they asked for.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** A Plinth in a process of its own. */
export interface PlinthProcess {
  readonly pid: number;
  readonly running: boolean;
  /** What it has written so far, log and errors. */
  readonly output: string;
  /** Rejects when there is no answer: the process was killed meanwhile. */
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a signal and waits until the process has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface PlinthOptions {
  /** DATA_DIR. */
  readonly folder: string;
  /** `postgres://…`; SQLite in the folder without it. */
  readonly databaseUrl?: string | undefined;
  /** Comes before the command: a tracer. */
  readonly prefix?: readonly string[];
  /** The user to run as, where the tests run as root. */
  readonly userId?: number;
}

const startTimeoutMs = 60_000;
const answerTimeoutMs = 30_000;
const root = join(import.meta.dirname, '..', '..');

/** Spawns `plinth serve` over tests/faults/collections without waiting for anything. */
export function spawnPlinth(options: PlinthOptions, port: number): ChildProcess {
  const command = [...(options.prefix ?? []), process.execPath, join(root, 'bin', 'plinth.js'), 'serve'];
  return spawn(command[0] as string, command.slice(1), {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: options.folder,
      COLLECTIONS_DIR: join(import.meta.dirname, 'collections'),
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
      RATE_LIMIT: 'off',
      AUTH_SECRET: 'the secret of the fault tests, of 32 bytes or more',
      ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    },
    ...(options.userId === undefined ? {} : { uid: options.userId, gid: options.userId }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts Plinth and waits until it is ready. Throws with its output when it ends instead. */
export async function startPlinth(options: PlinthOptions): Promise<PlinthProcess> {
  const port = await freePort();
  const child = spawnPlinth(options, port);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  }
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const plinth: PlinthProcess = {
    pid: child.pid as number,
    get running() {
      return isRunning();
    },
    get output() {
      return output;
    },
    request: (...of) => request(port, ...of),
    async end(signal) {
      if (isRunning()) child.kill(signal);
      await ended;
    },
  };
  const deadline = Date.now() + startTimeoutMs;
  while (!(await isReady(plinth))) {
    if (!plinth.running || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`plinth does not start:\n${output}`);
    }
    await delay(10);
  }
  return plinth;
}

async function isReady(plinth: PlinthProcess): Promise<boolean> {
  return plinth.request('GET', '/health/ready').then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function request(
  port: number,
  ...[method, path, body, headers = {}]: Parameters<PlinthProcess['request']>
): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
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
