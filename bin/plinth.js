#!/usr/bin/env node
// Plain JavaScript on purpose: any Node from 20 on can read it. The package runs what was compiled, under the Node that
// calls it. A checkout runs the sources, under the Node that node-runtime/package.json pins (`npm ci` installs it like
// any other package), or in this process when that is new enough.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { Socket } from 'node:net';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Node strips no types below a folder of packages.
const isPackage = root.split(sep).includes('node_modules');
const main = isPackage ? join(root, 'dist', 'main.js') : join(root, 'src', 'main.ts');
const packages = isPackage ? dirname(root) : join(root, 'node_modules');
const [major, minor] = process.versions.node.split('.').map(Number);
// V8 lets the space for new objects grow to 64 MB; a server of small answers is as fast with a quarter of that.
const heapFlag = '--max-semi-space-size=8';
// glibc reads these before the program begins; others ignore them. What was freed goes back to the system instead of
// being kept for later: after hostile load 230 to 290 MB stay instead of 430 to 460, at the same speed.
const memory = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' };
const environment = { ...memory, ...process.env };
// Below a launcher, the end of a pipe that only the launcher holds: it closes when that ends, however it ends.
const launcherFd = 3;
const isLaunched = process.env.PLINTH_LAUNCHED === '1';

if (isLaunched) {
  // What this process starts in its turn has no such pipe.
  delete process.env.PLINTH_LAUNCHED;
  const launcher = new Socket({ fd: launcherFd, writable: false });
  launcher.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGTERM'));
  launcher.resume().unref();
}

if (major > 24 || (major === 24 && minor >= 15)) {
  // The heap is laid out before any of this runs: the same process begins again with the flag. Older Nodes warn of it.
  if (major >= 26 && process.execve !== undefined && !process.execArgv.includes(heapFlag)) {
    const args = [...process.execArgv, heapFlag, ...process.argv.slice(1)];
    process.execve(process.execPath, [process.execPath, ...args], environment);
  }
  // Compiled code is kept beside the packages, where nobody else can write. Before the first TypeScript is loaded: then
  // what strips its types, 15 MB, is only loaded for files that have changed. Does nothing where the folder is read-only.
  module.enableCompileCache(join(packages, '.cache', 'plinth'));
  await import(pathToFileURL(main).href);
} else {
  const pinned = join(packages, '.bin', 'node');
  if (isPackage || !existsSync(pinned)) {
    const here = `Plinth needs Node 24.15 or newer, and this is ${process.versions.node}`;
    const remedy = `, and the pinned one is not installed. Run \`npm ci\` in ${root}, or install a newer Node.`;
    console.error(isPackage ? `${here}: install a newer Node.` : `${here}${remedy}`);
    process.exit(1);
  }
  const args = [heapFlag, process.argv[1], ...process.argv.slice(2)];
  const child = spawn(pinned, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...environment, PLINTH_LAUNCHED: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
