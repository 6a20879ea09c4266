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

  test('gives the properties that the users file adds, and says which are missing', async () => {
    const own = createCli();
    const properties = {
      name: { type: 'string', minLength: 1 },
      age: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
    } as const;
    own.define({ name: 'users', properties, required: ['name', 'age'] });
    assert.equal((await own('apply')).code, 0);
    const make = (...options: string[]) =>
      own.with({ stdin }, 'users', 'create', 'ann@example.org', '--password-stdin', ...options);
    await failed(make('--set', 'name=Ann'), /age must be given|age is required/);
    await failed(make('--set', 'name=Ann', '--set', 'age=x'), /age must be/);
    await failed(make('--set', 'name=Ann', '--set', 'age=5', '--set', 'nme=x'), /nme/);
    await failed(make('--set', 'role=admin', '--set', 'age=5'), /--set is not for role/);
    assert.equal((await make('--set', 'name')).code, 2);
    const made = await make('--set', 'name=Ann=a', '--set', 'age=51', '--set', 'tags=["x"]');
    assert.equal(made.code, 0, made.stderr);
    const exported = await own('export', 'users');
    const { name, age, tags } = JSON.parse(exported.stdout) as Record<string, unknown>;
    assert.deepEqual([name, age, tags], ['Ann=a', 51, ['x']]);
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
