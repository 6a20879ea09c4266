import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Ledger } from './ledger.ts';
import { faultEnvironment, installed, startPlinth } from './plinth.ts';
import { plinth, type ServingPlinth } from '../support/plinth/process.ts';

const writers = 4;
const writesMax = 40_000;
const writesWhileFull = 100;
const resumeTimeoutMs = 10_000;
const unprivilegedId = 65_534;
const isRoot = process.getuid?.() === 0;

/** A data folder whose room can end. */
interface Room {
  readonly folder: string;
  /** What is left is little. */
  tighten(pid: number): void;
  widen(pid: number): void;
}

describe('a full disk', () => {
  // The kernel's own limit on the size of a file works for everyone, and fails with another error (EFBIG).
  test('of a process that may not write longer files: 503, reads go on, work resumes', async (t) => {
    await inFolder(async (folder) => {
      await fillAndRecover(t, {
        folder,
        tighten(pid) {
          const present = statSync(join(folder, 'plinth.db')).size;
          execute('prlimit', ['--pid', String(pid), `--fsize=${present + 1_000_000}:unlimited`]);
        },
        widen: (pid) => execute('prlimit', ['--pid', String(pid), '--fsize=unlimited']),
      });
    });
  });

  test('of a small file system: 503, reads go on, work resumes', async (t) => {
    await inFolder(async (folder) => {
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]).status !== 0) {
        t.skip('only root may mount a file system; the limit on file sizes above stands in for it');
        return;
      }
      try {
        await fillAndRecover(t, {
          folder,
          tighten: () => execute('mount', ['-o', 'remount,size=6m', folder]),
          widen: () => execute('mount', ['-o', 'remount,size=64m', folder]),
        });
      } finally {
        execute('umount', [folder]);
      }
    });
  });
});

test('a data folder that cannot be written is refused at start, with a sentence that names it', async () => {
  await inFolder(refuseClosedFolder);
});

test('a disk that has become read-only since Plinth was killed is refused at start, with a sentence', async (t) => {
  await inFolder(async (folder) => {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder]).status !== 0) {
      t.skip('only root may mount a file system');
      return;
    }
    try {
      await (await startPlinth({ folder })).stop('SIGKILL');
      execute('mount', ['-o', 'remount,ro', folder]);
      const environment = faultEnvironment({ folder });
      const { code, stderr } = await plinth(['serve'], { command: installed, environment });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /cannot be written: its disk is read-only/);
      assert.doesNotMatch(stderr, /\n\s+at /u, 'a sentence, not a stack');
    } finally {
      execute('umount', [folder]);
    }
  });
});

async function refuseClosedFolder(folder: string): Promise<void> {
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  chmodSync(folder, 0o755);
  chmodSync(dataFolder, 0o555);
  // Root may write everywhere.
  const user = isRoot ? { uid: unprivilegedId } : {};
  if (isRoot) chownSync(dataFolder, unprivilegedId, unprivilegedId);
  const environment = faultEnvironment({ folder: dataFolder });
  const options = { directory: folder, command: installed, environment, ...user };
  const { code, stderr } = await plinth(['serve'], options);
  assert.equal(code, 1, stderr);
  assert.ok(stderr.includes(dataFolder), stderr);
  assert.doesNotMatch(stderr, /\n\s+at /u, 'a sentence, not a stack');
}

async function fillAndRecover(t: TestContext, room: Room): Promise<void> {
  const ledger = new Ledger();
  const plinth = await startPlinth({ folder: room.folder });
  try {
    await fill(t, plinth, ledger, room);
  } finally {
    await plinth.stop('SIGKILL');
  }
  const restarted = await startPlinth({ folder: room.folder });
  try {
    await ledger.verify(restarted);
  } finally {
    await restarted.stop('SIGKILL');
  }
}

async function fill(t: TestContext, plinth: ServingPlinth, ledger: Ledger, room: Room): Promise<void> {
  const writeTogether = async (count: number, enough: () => boolean) => {
    const clients = Array.from({ length: writers }, async (_, writer) => {
      for (let write = 0; write < count / writers && !enough(); write++) await ledger.write(plinth, writer);
    });
    await Promise.all(clients);
  };

  await writeTogether(100, () => false);
  room.tighten(plinth.child.pid as number);
  await writeTogether(writesMax, () => ledger.counts.unavailable > 0);
  assert.ok(ledger.counts.unavailable > 0, 'the disk was never full');
  await writeTogether(writesWhileFull, () => false);
  t.diagnostic(`while full: ${JSON.stringify(ledger.counts)}`);
  // Reads everything, over lists and search.
  await ledger.verify(plinth);
  assert.equal((await plinth.request('GET', '/health/live')).status, 200);
  assert.equal((await plinth.request('GET', '/health/ready')).status, 503);

  room.widen(plinth.child.pid as number);
  const deadline = Date.now() + resumeTimeoutMs;
  while ((await ledger.write(plinth, 0)) !== 'acknowledged') {
    assert.ok(Date.now() < deadline, 'there is room again, but writes are not accepted');
    await delay(20);
  }
  assert.equal((await plinth.request('GET', '/health/ready')).status, 200);
  const { unavailable } = ledger.counts;
  await writeTogether(200, () => false);
  assert.equal(ledger.counts.unavailable, unavailable);
  await ledger.verify(plinth);
  assert.equal(plinth.child.exitCode, null, plinth.written.stderr);
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-full-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function execute(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
