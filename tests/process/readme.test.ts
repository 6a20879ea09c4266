import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../support/postgres-server.ts';
import { plinth, root, spawnPlinth, temporaryFolder } from '../support/plinth/process.ts';

const port = '3000';

/** The shell blocks of README.md that are marked as its first minute. */
function firstMinute(): string[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```sh first-minute\n(.*?)^```$/gms)].map(([, block]) =>
    (block as string).trim(),
  );
}

describe('the first minute of the README', () => {
  test('works word for word, on another port', async () => {
    const [start, ...commands] = firstMinute();
    assert.equal(start, 'npm ci && npm start');
    assert.equal(commands.length, 4);
    const otherPort = String(await freePort());
    const directory = temporaryFolder();
    const environment = {
      PORT: otherPort,
      DATA_DIR: join(directory, 'data'),
      COLLECTIONS_DIR: '',
      // As it is for a newcomer, who gets through it.
      RATE_LIMIT: '',
    };
    // The packages are installed: these tests run from them.
    const server = spawnPlinth([], { command: ['npm', 'start'], directory: root, environment, group: true });
    try {
      await server.says(/Create a task/);
      for (const command of commands) {
        const printed = command.replaceAll(port, otherPort);
        assert.ok(server.written.stdout.includes(`  ${printed}\n`), `the start prints it too: ${printed}`);
      }
      const script = commands.join('\necho\n').replaceAll(port, otherPort);
      for (const shell of [['sh'], ['bash', '--norc']]) {
        const { code, stdout, stderr } = await plinth(['-eu', '-c', script], { command: shell });
        assert.deepEqual([code, stderr], [0, '']);
        const [first, , task, list] = stdout
          .split('\n')
          .map((line) => (line === '' ? {} : (JSON.parse(line) as Answer)));
        // The second shell signs up an address that is taken by then; signing in works all the same.
        if (shell.length === 1) assert.equal(first?.user?.email, 'ann@example.org');
        else assert.equal(first?.code, 'conflict');
        assert.equal(task?.title, 'Read the docs');
        assert.ok(list?.data?.some(({ id }) => id === task.id));
      }
    } finally {
      // To npm alone, as a supervisor does that started npm.
      server.child.kill('SIGTERM');
    }
    assert.equal((await server.ended).code, 0);
    await assert.rejects(fetch(`http://127.0.0.1:${otherPort}/health/live`), 'npm leaves no server behind');
  });
});

interface Answer {
  readonly user?: { readonly email: string };
  readonly code?: string;
  readonly id?: string;
  readonly title?: string;
  readonly data?: readonly { readonly id: string }[];
}
