import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { authSecretFile, loadAuthSecret, loadSettings } from '#config/index.ts';
import { secret } from '../support/secret.ts';

describe('the secret of the installation', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plinth-secret-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const settings = (environment: Record<string, string> = {}) => loadSettings({ environment, directory });

  test('is made once, kept in DATA_DIR and readable by its owner only', () => {
    const secret = loadAuthSecret(settings());
    assert.ok(Buffer.byteLength(secret) >= 32);
    assert.equal(loadAuthSecret(settings()), secret);
    assert.equal(statSync(authSecretFile(settings())).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, 'data')).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(directory, 'data')), ['auth-secret']);
  });

  test('is what AUTH_SECRET says, and then nothing is written', () => {
    assert.equal(loadAuthSecret(settings({ AUTH_SECRET: secret })), secret);
    assert.deepEqual(readdirSync(directory), []);
  });

  test('is refused when its file is damaged', () => {
    loadAuthSecret(settings());
    for (const damaged of ['short', '\0'.repeat(32)]) {
      writeFileSync(authSecretFile(settings()), damaged);
      assert.throws(() => loadAuthSecret(settings()), /must hold at least 32 bytes .*\. Delete it/);
    }
  });

  test('is the same for processes that start at the same moment', async () => {
    const program = `
      import { loadAuthSecret } from ${JSON.stringify(join(import.meta.dirname, '../../src/config/index.ts'))};
      process.stdin.once('data', () => {
        console.log(loadAuthSecret({ dataDir: ${JSON.stringify(directory)} }));
        process.exit();
      });
      console.error('ready');`;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'pipe'] }),
    );
    await Promise.all(children.map((child) => new Promise((resolve) => child.stderr.once('data', resolve))));
    for (const child of children) child.stdin.write('go');
    const secrets = await Promise.all(children.map((child) => text(child.stdout)));
    assert.equal(new Set(secrets).size, 1);
    assert.ok((secrets[0] as string).trim().length >= 32);
  });
});
