import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { createCli, type Cli } from './cli.ts';

const stdin = 'correct horse\n';

describe('plinth users', () => {
  let cli: Cli;
  beforeEach(async () => {
    cli = createCli();
    assert.equal((await cli('apply')).code, 0);
  });
  const create = (email: string, ...options: string[]) =>
    cli.with({ stdin }, 'users', 'create', email, '--password-stdin', ...options);
  const failed = async (
    said: Promise<{ code: number; stdout: string; stderr: string }>,
    expected: RegExp,
  ) => {
    const { code, stdout, stderr } = await said;
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, expected);
  };

  test('makes, lists, changes and deletes users', async () => {
    assert.match((await cli('users', 'list')).stdout, /There are no users yet/);
    assert.equal(
      (await create('Ann@Example.org', '--role', 'admin')).stdout,
      'Made ann@example.org (admin).\n',
    );
    assert.equal((await create('bob@example.org')).code, 0);
    const listed = (await cli.json('users', 'list')) as { email: string; role: string }[];
    assert.deepEqual(listed.map(({ email, role }) => [email, role]), [['ann@example.org', 'admin'], ['bob@example.org', 'user']]); // prettier-ignore
    assert.match((await cli('users', 'list')).stdout, /^EMAIL .*\nann@example\.org +admin +no /);
    assert.equal(
      (await cli('users', 'set-role', 'bob@example.org', 'editor')).stdout,
      'bob@example.org is editor now.\n',
    );
    const changed = cli.with(
      { stdin: 'another horse' },
      'users',
      'set-password',
      'bob@example.org',
      '--password-stdin',
    );
    assert.equal((await changed).code, 0);
    assert.equal((await cli('users', 'delete', 'bob@example.org')).stdout, 'Deleted bob@example.org.\n');
    assert.equal(((await cli.json('users', 'list')) as unknown[]).length, 1);
  });

  test('refuses what cannot be, with the reason', async () => {
    await create('ann@example.org');
    await failed(create('ann@example.org'), /already is a user with the address ann@example\.org/);
    await failed(create('ann'), /is not an email address/);
    await failed(
      cli.with({ stdin: 'short' }, 'users', 'create', 'b@example.org', '--password-stdin'),
      /at least 8 characters/,
    );
    await failed(
      cli('users', 'set-role', 'nobody@example.org', 'admin'),
      /no user with the address nobody@example\.org/,
    );
    await failed(cli('users', 'delete', 'nobody@example.org'), /no user with the address/);
    await failed(cli('users', 'create', 'b@example.org'), /no terminal to ask .* --password-stdin/);
  });

  test('asks for the password twice on a terminal, and does not show it', async () => {
    const typed = { terminal: true, stdin: 'correct horse\ncorrect horse' };
    const made = await cli.with(typed, 'users', 'create', 'ann@example.org');
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stderr, /^Password: \nAgain: \n$/);
    assert.doesNotMatch(made.stdout, /horse/);
    const differing = { terminal: true, stdin: 'correct horse\ncorrect house' };
    const refused = await cli.with(differing, 'users', 'create', 'bob@example.org');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /The two passwords differ/);
  });

  test('says what to do first when the database is empty', async () => {
    await failed(createCli()('users', 'list'), /does not match the collections.*plinth apply/s);
  });
});
