import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './postgres-server.ts';
import { withDaemons } from './system-programs.ts';

export interface Pooler {
  /** The database that was named, through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface PoolerOptions {
  /** Connections to PostgreSQL, shared by all clients. */
  readonly size: number;
  /** Startup parameters that are dropped; any other than the usual ones is refused. */
  readonly ignoring?: string;
}

const program = 'pgbouncer';

// What a test leaves behind when it fails must not outlive the tests.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A pgbouncer in transaction mode before the database of a URL. */
export async function startPooler(databaseUrl: string, options: PoolerOptions): Promise<Pooler> {
  const { hostname, port: serverPort, username } = new URL(databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), 'plinth-pgbouncer-'));
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const settings = [
    '[databases]',
    `* = host=${hostname} port=${serverPort} user=${username}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${options.size}`,
    'max_client_conn = 500',
    ...(options.ignoring === undefined ? [] : [`ignore_startup_parameters = ${options.ignoring}`]),
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  chmodSync(folder, 0o755);
  // pgbouncer refuses to run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(program, [...user, '-q', file], { stdio: 'ignore', env: withDaemons() });
  running.add(child);
  async function stop(): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      running.delete(child);
    }
    rmSync(folder, { recursive: true, force: true });
  }
  await accepting(port, child);
  const url = new URL(databaseUrl);
  url.port = String(port);
  return { url: url.href, stop };
}

/** A refused connection is the only way a starting pooler says "not yet". */
async function accepting(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode} at start`);
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
