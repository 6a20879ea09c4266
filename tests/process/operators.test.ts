import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import BetterSqlite3 from 'better-sqlite3';
import {
  plinth,
  root,
  servePlinth,
  temporaryFolder,
  type Ended,
  type PlinthOptions,
} from '../support/plinth/process.ts';

const isRoot = process.getuid?.() === 0;
/** Root may read and write everything, so what is forbidden is tried as nobody. */
const nobody = 65_534;

/** A start that fails: exit code 1, and sentences on standard error that say what to do, without a stack. */
async function failsToStart(options: PlinthOptions, expected: RegExp, args = ['serve']): Promise<Ended> {
  const ended = await plinth(args, options);
  assert.equal(ended.code, 1, ended.stdout + ended.stderr);
  assert.match(ended.stderr, expected);
  assert.doesNotMatch(ended.stderr, /^\s+at /m, 'no stack');
  return ended;
}

function folderOf(uid: number | undefined): string {
  const folder = temporaryFolder();
  if (uid !== undefined) chownSync(folder, uid, uid);
  return folder;
}

describe('a start that cannot work', { concurrency: 3 }, () => {
  test('tells every mistake in the settings at once', async () => {
    const environment = { PORT: 'x', ACCESS_TOKEN_TTL: 'long', AUTH_SECRET: 'hush', TRUSTED_PROXIES: '2' };
    const { stderr } = await failsToStart(
      { environment },
      /PORT must be a whole number from 0 to 65535, not "x"/,
    );
    for (const name of ['ACCESS_TOKEN_TTL', 'AUTH_SECRET', 'TRUSTED_PROXIES'])
      assert.match(stderr, new RegExp(`^${name} `, 'm'));
    assert.doesNotMatch(stderr, /hush/);
    assert.equal(stderr.trim().split('\n').length, 4);
  });

  test('names a setting in .env that was misspelt', async () => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, '.env'), 'ACCESS_TOKEN_TLL=1h\nPORT=x\n');
    await failsToStart(
      { directory, environment: { PORT: '' } },
      /there is no setting ACCESS_TOKEN_TLL; did you mean ACCESS_TOKEN_TTL\?/,
    );
  });

  test('says that the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const port = String((other.address() as AddressInfo).port);
    await failsToStart(
      { environment: { PORT: port } },
      new RegExp(`Port ${port} of 127.0.0.1 is in use\\. .*PORT`),
    );
    other.close();
  });

  test('says that an address is not one of this machine', async () => {
    await failsToStart(
      { environment: { HOST: '192.0.2.1' } },
      /192\.0\.2\.1 is not an address of this machine/,
    );
    await failsToStart(
      { environment: { HOST: 'no.such.host.invalid' } },
      /no\.such\.host\.invalid is not an address of this machine/,
    );
  });

  test('says that the data folder may not be used', async () => {
    const uid = isRoot ? nobody : undefined;
    const directory = folderOf(uid);
    const data = join(directory, 'closed');
    mkdirSync(data);
    chmodSync(data, isRoot ? 0o700 : 0);
    const options = { directory, environment: { DATA_DIR: data }, ...(uid !== undefined && { uid }) };
    await failsToStart(
      options,
      /closed.*Check that this user may read and write|closed.* may not be used by the user with id/,
    );
    await failsToStart(
      { ...options, environment: { DATA_DIR: join(data, 'inner') } },
      /may not be used by the user with id \d+.*DATA_DIR/,
    );
    chmodSync(data, 0o700);
  });

  test('says that the data folder is a file', async () => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, 'data'), '');
    await failsToStart({ directory }, /data is not a folder\. .*DATA_DIR/);
  });

  test('says that the database may only be read', async () => {
    const uid = isRoot ? nobody : undefined;
    const directory = temporaryFolder();
    await (await servePlinth({ directory })).stop();
    chmodSync(directory, 0o755);
    chmodSync(join(directory, 'data'), 0o555);
    chmodSync(join(directory, 'data/plinth.db'), 0o444);
    chmodSync(join(directory, 'data/auth-secret'), 0o444);
    await failsToStart(
      { directory, ...(uid !== undefined && { uid }) },
      /plinth\.db cannot be (written: .*read-only|opened)/,
    );
    chmodSync(join(directory, 'data'), 0o755);
  });

  test('says that the data folder cannot be made, as plinth doctor does', async () => {
    const uid = isRoot ? nobody : undefined;
    const directory = temporaryFolder();
    chmodSync(directory, 0o555);
    const environment = { DATA_DIR: join(directory, 'new/data') };
    const options = { directory: tmpdir(), environment, ...(uid !== undefined && { uid }) };
    await failsToStart(options, /may not be used by the user with id.*DATA_DIR/);
    const { code, stdout } = await plinth(['doctor'], options);
    assert.equal(code, 1);
    assert.match(stdout, /WRONG +data folder: .*data cannot be made: .* may not be written .*DATA_DIR/);
    assert.match(stdout, /WRONG +database: .*plinth\.db cannot be made/);
    await failsToStart(
      { environment: { DATA_DIR: '/proc/plinth/data' } },
      /\/proc.* cannot be made.*DATA_DIR/,
    );
  });

  test('says what the first admin needs beside an address and a password', async () => {
    const directory = temporaryFolder();
    mkdirSync(join(directory, 'collections'));
    const users = { name: 'users', properties: { team: { type: 'string' } }, required: ['team'] };
    writeFileSync(join(directory, 'collections/users.json'), JSON.stringify(users));
    const environment = { COLLECTIONS_DIR: join(directory, 'collections') };
    const admin = { ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: 'correct horse' };
    const { stderr } = await failsToStart(
      { directory, environment: { ...environment, ...admin } },
      /users need team as well.*plinth users create root@example\.org --role admin --set team=VALUE/,
    );
    assert.doesNotMatch(stderr, /correct horse/);
    const create = ['users', 'create', 'root@example.org', '--role', 'admin', '--set', 'team=ops'];
    const input = 'correct horse';
    const made = await plinth([...create, '--password-stdin'], { directory, environment, input });
    assert.equal(made.code, 0, made.stderr);
    const serving = await servePlinth({ directory, environment: { ...environment, ...admin } });
    assert.equal((await serving.stop()).code, 0);
  });

  test('says that the disk is read-only', (context) => {
    if (spawnSync('unshare', ['-m', 'true']).status !== 0)
      return context.skip('this user may not mount a disk');
    const directory = temporaryFolder();
    const script = 'mount -t tmpfs tmpfs "$0" && mount -o remount,ro "$0" && exec "$@"';
    const command = [
      'unshare',
      '-m',
      'sh',
      '-c',
      script,
      directory,
      process.execPath,
      join(root, 'src/main.ts'),
    ];
    return failsToStart({ directory, command }, /is on a read-only disk\. .*DATA_DIR/).then(() => undefined);
  });

  test('says that a file is no database, or of a newer Plinth', async () => {
    const directory = temporaryFolder();
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data/plinth.db'), 'x'.repeat(5_000));
    await failsToStart({ directory }, /plinth\.db is not a SQLite database\. .*DATABASE_URL/);
    const newer = temporaryFolder();
    await (await servePlinth({ directory: newer })).stop();
    const database = new BetterSqlite3(join(newer, 'data/plinth.db'));
    database.exec('UPDATE "_plinth_version" SET "version" = 9999');
    database.close();
    await failsToStart({ directory: newer }, /changed by a newer Plinth.* Start the newer program/);
  });

  test('says what is wrong with each collection, where, and what was probably meant', async () => {
    const directory = temporaryFolder();
    const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
    write('notes.json', '{"name":"notes","properties":{"text":{"type":"strin"}},"ruels":{}}');
    const options = { directory, environment: { COLLECTIONS_DIR: directory } };
    for (const command of ['serve', 'plan', 'apply']) {
      const { stderr } = await failsToStart(options, /notes\.json/, [command]);
      assert.match(stderr, /\/properties\/text\/type/);
      assert.match(stderr, /did you mean "?rules"?/);
    }
    write('broken.json', '{"name":');
    await failsToStart(options, /broken\.json.*line 1, column/);
    await failsToStart(
      { environment: { COLLECTIONS_DIR: join(directory, 'none') } },
      /none.*COLLECTIONS_DIR/s,
    );
  });

  test('says that the secret is damaged', async () => {
    const directory = temporaryFolder();
    mkdirSync(join(directory, 'data'));
    appendFileSync(join(directory, 'data/auth-secret'), 'short');
    await failsToStart(
      { directory },
      /auth-secret must hold at least 32 bytes that cannot be guessed\. Delete it/,
    );
  });
});
