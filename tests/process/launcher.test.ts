import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { closeAtEnd } from '../support/plinth/closing.ts';
import { plinth, root, servePlinth, temporaryFolder } from '../support/plinth/process.ts';

/** The machine's own Node, whatever its version: `npm test` puts the pinned one first. */
const systemNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.startsWith(join(root, 'node_modules')))
  .map((folder) => join(folder, 'node'))
  .find((file) => existsSync(file));
const launcher = join(root, 'bin/plinth.js');

describe('bin/plinth.js', { skip: systemNode === undefined && 'the machine has no Node of its own' }, () => {
  const command = [systemNode as string, launcher];

  test('runs the program under the pinned Node, with its exit codes', async () => {
    const version = await plinth(['--version'], { command });
    assert.deepEqual([version.code, version.stderr], [0, '']);
    assert.match(version.stdout, /^\d+\.\d+\.\d+/);
    assert.equal((await plinth(['srve'], { command })).code, 2);
    assert.equal((await plinth(['plan'], { command, environment: { PORT: 'x' } })).code, 1);
  });

  test('has freed memory given back to the system, unless told otherwise', async () => {
    const given = { MALLOC_ARENA_MAX: '3' };
    const serving = await servePlinth({ command: [process.execPath, launcher], environment: given });
    const environment = readFileSync(`/proc/${serving.child.pid}/environ`, 'latin1').split('\0');
    assert.ok(environment.includes('MALLOC_TRIM_THRESHOLD_=131072'));
    assert.ok(environment.includes('MALLOC_ARENA_MAX=3'));
    await serving.stop();
  });

  test('passes signals on, so that the server stops as it should', async () => {
    const serving = await servePlinth({ command });
    assert.equal((await fetch(`${serving.url}/health/ready`)).status, 200);
    const { code, stdout } = await serving.stop();
    assert.equal(code, 0);
    assert.match(stdout, /"message":"stopped"/);
  });

  test('leaves no server behind when it is killed: that one stops as at SIGTERM', async () => {
    const serving = await servePlinth({ command, group: true });
    closeAtEnd(() => endGroup(serving.child.pid as number));
    const server = Number((await serving.says(/"pid":(\d+)/))[1]);
    assert.notEqual(server, serving.child.pid);
    serving.child.kill('SIGKILL');
    // Its standard output is closed when the server has ended, too.
    const { signal, stdout } = await serving.ended;
    assert.equal(signal, 'SIGKILL');
    assert.match(stdout, /"signal":"SIGTERM","message":"stopping"[^]*"message":"stopped"/);
    await assert.rejects(fetch(serving.url));
  });
});

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

describe('bin/plinth.js below node_modules', () => {
  const folder = join(temporaryFolder(), 'node_modules/plinth');
  const installed = join(folder, 'bin/plinth.js');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  copyFileSync(launcher, installed);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'dist/main.js'), 'console.log("compiled", process.argv[2]);');

  test('runs what was compiled, under the Node that calls it', async () => {
    const { code, stdout, stderr } = await plinth(['plan'], { command: [process.execPath, installed] });
    assert.deepEqual([code, stdout, stderr], [0, 'compiled plan\n', '']);
  });

  const isOld =
    systemNode !== undefined && /^v(1|20|22)/.test(execFileSync(systemNode, ['-v'], { encoding: 'utf8' }));
  test(
    'says which Node it needs to an older one',
    { skip: !isOld && 'the machine has no old Node' },
    async () => {
      const { code, stdout, stderr } = await plinth(['plan'], { command: [systemNode as string, installed] });
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(
        stderr,
        /^Plinth needs Node 24\.15 or newer, and this is \d+\.\d+\.\d+: install a newer Node\.\n$/,
      );
    },
  );
});
