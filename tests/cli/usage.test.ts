import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCli } from './cli.ts';

const commands = ['serve', 'plan', 'apply', 'import', 'export', 'users', 'config', 'doctor'];
const userCommands = ['create', 'list', 'set-role', 'set-password', 'delete'];

describe('the command line', () => {
  test('helps with every command, with exit code 0', async () => {
    const cli = createCli();
    const { code, stdout, stderr } = await cli('--help');
    assert.deepEqual([code, stderr], [0, '']);
    for (const command of commands) assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
    for (const command of [
      ...commands.map((name) => [name]),
      ...userCommands.map((name) => ['users', name]),
    ]) {
      const help = await cli(...command, '--help');
      assert.deepEqual([help.code, help.stderr], [0, '']);
      assert.match(help.stdout, new RegExp(`^Usage: plinth ${command.join(' ')} `));
    }
  });

  test('ends with 2 for wrong usage, and says what was probably meant', async () => {
    const cli = createCli();
    const wrong = async (args: string[], expected: RegExp) => {
      const { code, stdout, stderr } = await cli(...args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, expected);
    };
    await wrong([], /Usage: plinth/);
    await wrong(['users'], /Usage: plinth users/);
    await wrong(['aply'], /unknown command 'aply'\s+\(Did you mean apply\?\)/);
    await wrong(['users', 'creat'], /Did you mean create\?/);
    await wrong(['plan', '--jsn'], /unknown option '--jsn'\s+\(Did you mean --json\?\)/);
    await wrong(['plan', 'tasks'], /too many arguments/);
    await wrong(['import', 'tasks'], /missing required argument 'file'/);
    await wrong(
      ['import', 'tasks', 'a.csv', '--on-conflict', 'merge'],
      /Allowed choices are fail, skip, update/,
    );
    await wrong(['import', 'tasks', 'a.csv', '--map', 'x'], /Write NAME=PROPERTY/);
    await wrong(['import', 'tasks', 'a.txt'], /--format csv, ndjson or json/);
    await wrong(['export', 'tasks', 'a.xlsx'], /--format csv, ndjson or json/);
  });

  test('refuses to import a folder in a sentence', async () => {
    const cli = createCli();
    const { code, stderr } = await cli('import', 'tasks', '.', '--format', 'csv');
    assert.deepEqual([code, stderr], [1, '. is a folder, not a file. Check its name.\n']);
  });

  test('tells its version', async () => {
    const { code, stdout } = await createCli()('--version');
    assert.equal(code, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });
});

describe('plinth config', () => {
  test('shows every setting with its value, where it came from, its default and its meaning', async () => {
    const cli = createCli({
      PORT: '4000',
      AUTH_SECRET: 'hush, this is for nobody but those who run it',
      DATABASE_URL: 'postgres://ann:hush@host/db',
    });
    cli.write('.env', 'HOST=0.0.0.0\n');
    const { code, stdout, stderr } = await cli('config');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^PORT +4000 +environment +3000 +Port to listen on/m);
    assert.match(stdout, /^HOST +0\.0\.0\.0 +\.env /m);
    assert.match(stdout, /^AUTH_SECRET +\*\*\* +environment/m);
    assert.doesNotMatch(stdout, /hush/);
    const { settings } = (await cli.json('config')) as { settings: Record<string, unknown>[] };
    assert.deepEqual(settings.find(({ name }) => name === 'PORT'), {
      name: 'PORT', value: '4000', source: 'environment', default: '3000', meaning: 'Port to listen on; 0 takes a free one.',
    }); // prettier-ignore
  });

  test('shows all settings and all mistakes when there are some, and ends with 1', async () => {
    const cli = createCli({ PORT: 'x', BODY_LIMIT: '1' });
    cli.write('.env', 'PROT=1\n');
    const { code, stdout, stderr } = await cli('config');
    assert.equal(code, 1);
    assert.match(stdout, /^PORT +x +environment/m);
    assert.match(stderr, /no setting PROT; did you mean PORT\?/);
    assert.match(stderr, /^PORT must be/m);
    assert.match(stderr, /^BODY_LIMIT must be/m);
  });
});
