#!/usr/bin/env node
// Plain JavaScript on purpose: any Node from 20 on can read it. It runs the program under the Node that
// package.json pins (installed through npm like any other dependency), or in this process when that is new enough.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, 'src', 'main.ts');
const [major, minor] = process.versions.node.split('.').map(Number);
// V8 lets the space for new objects grow to 64 MB; a server of small answers is as fast with a quarter of that.
const heapFlag = '--max-semi-space-size=8';
// glibc reads these before the program begins; others ignore them. What was freed goes back to the system instead of
// being kept for later: after hostile load 230 to 290 MB stay instead of 430 to 460, at the same speed.
const memory = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' };
const environment = { ...memory, ...process.env };

if (major > 24 || (major === 24 && minor >= 15)) {
  // The heap is laid out before any of this runs: the same process begins again with the flag. Older Nodes warn of it.
  if (major >= 26 && process.execve !== undefined && !process.execArgv.includes(heapFlag)) {
    const args = [...process.execArgv, heapFlag, ...process.argv.slice(1)];
    process.execve(process.execPath, [process.execPath, ...args], environment);
  }
  // Compiled code is kept beside the packages, where nobody else can write. Before the first TypeScript is loaded: then
  // what strips its types, 15 MB, is only loaded for files that have changed. Does nothing where the folder is read-only.
  module.enableCompileCache(join(root, 'node_modules', '.cache', 'plinth'));
  await import(main);
} else {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (!existsSync(pinned)) {
    console.error(
      `Plinth needs Node 24.15 or newer; this is ${process.versions.node}, and the pinned one is not installed. Run \`npm ci\` in ${root}, or install a newer Node.`,
    );
    process.exit(1);
  }
  const args = [heapFlag, process.argv[1], ...process.argv.slice(2)];
  const child = spawn(pinned, args, { stdio: 'inherit', env: environment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
