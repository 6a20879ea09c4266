import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { plinth, root, servePlinth } from '../support/plinth.ts';

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
});
