import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './postgres-server.ts';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Starts it, with more options of redis-server (`--requirepass`, …) than before; resolves when it accepts connections. */
  start(...options: string[]): Promise<void>;
  /** One command on a connection of its own, as whoever looks after the server would send it. */
  call(name: string, ...args: (string | number)[]): Promise<unknown>;
  /** SIGSTOP: connections are accepted by the system, and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM: it says goodbye to its connections. */
  shutDown(): Promise<void>;
  /** Ends it, whatever its state, and removes its folder. */
  remove(): Promise<void>;
}

const program = 'redis-server';

// What a test leaves behind when it fails must not outlive the tests.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A real redis-server on a free port of its own, in a new temporary folder, not started yet. */
export async function redisServer(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-redis-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let password: string | undefined;

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    running.delete(child);
  }

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async start(...options) {
      password = options.includes('--requirepass')
        ? options[options.indexOf('--requirepass') + 1]
        : undefined;
      const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
      child = spawn(program, [...settings, ...options], { stdio: 'ignore' });
      running.add(child);
      await accepting(port, child);
    },
    async call(name, ...args) {
      const client = new Redis(port, '127.0.0.1', { password, enableReadyCheck: false });
      try {
        return await client.call(name, ...args);
      } finally {
        client.disconnect();
      }
    },
    pause: () => child?.kill('SIGSTOP'),
    resume: () => child?.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    shutDown: () => end('SIGTERM'),
    async remove() {
      await end('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A refused connection is the only way a starting server says "not yet". */
async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode} at start`);
    const socket = connect(port, '127.0.0.1');
    const accepted = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (accepted) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
