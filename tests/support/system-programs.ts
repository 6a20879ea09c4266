import { spawnSync } from 'node:child_process';

/** Programs that no npm package ships, by the name of their command and of their Debian package. */
const programs = [
  { command: 'chromium', package: 'chromium', for: 'the tests of /docs' },
  { command: 'strace', package: 'strace', for: 'the test that counts syncs to disk' },
  { command: 'redis-server', package: 'redis-server', for: 'the tests of what replicas share' },
  { command: 'pgbouncer', package: 'pgbouncer', for: 'the tests behind a connection pooler' },
];

/**
 * Makes sure that what the tests need from the system is there: installs it where that is allowed (root on Debian or
 * Ubuntu), else says what to install. Throws when something is still missing: a test is never silently left out.
 */
export function ensureSystemPrograms(): void {
  const missing = programs.filter((program) => !isInstalled(program.command));
  if (missing.length === 0) return;
  const packages = missing.map((program) => program.package);
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    console.log(`Installing ${packages.join(', ')} for the tests …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: 'ignore',
      env,
    });
  }
  const still = missing.filter((program) => !isInstalled(program.command));
  if (still.length === 0) return;
  const reasons = still.map((program) => `${program.package} (${program.for})`).join(', ');
  throw new Error(
    `Install ${reasons}, for example: sudo apt-get install -y ${still.map((p) => p.package).join(' ')}`,
  );
}

function isInstalled(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { env: withDaemons() }).status === 0;
}

/** The environment with the folder in which Debian keeps servers, which only root has in its path. */
export function withDaemons(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
}
