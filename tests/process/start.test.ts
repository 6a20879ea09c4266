import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { request, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { plinth, servePlinth, spawnPlinth, temporaryFolder } from '../support/plinth/process.ts';
import { processorSeconds } from '../support/plinth/processor-time.ts';

const register = (url: string, email: string) =>
  fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct horse' }),
  });

const body = JSON.stringify({ email: 'slow@example.org', password: 'correct horse' });

/** A request that the server has begun to read: it has said so with 100 Continue. */
async function halfSent(
  url: string,
): Promise<{ inFlight: ClientRequest; status: Promise<number | undefined> }> {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    expect: '100-continue',
  };
  const inFlight = request(`${url}/auth/register`, { method: 'POST', headers });
  const status = new Promise<number | undefined>((resolve, reject) => {
    inFlight.once('response', (response) => resolve(response.resume().statusCode)).once('error', reject);
  });
  inFlight.flushHeaders();
  await Promise.race([new Promise((resolve) => inFlight.once('continue', resolve)), status]);
  inFlight.write(body.slice(0, 10));
  return { inFlight, status };
}

describe('plinth serve', () => {
  test('starts with nothing set, keeps its data in DATA_DIR and answers', async () => {
    const directory = temporaryFolder();
    const serving = await servePlinth({ directory });
    const { url } = serving;
    assert.equal((await fetch(`${url}/health/ready`)).status, 200);
    assert.equal((await register(url, 'ann@example.org')).status, 201);
    assert.ok(existsSync(join(directory, 'data/plinth.db')));
    assert.equal(statSync(join(directory, 'data/auth-secret')).mode & 0o777, 0o600);
    assert.equal((await serving.stop()).code, 0);
    const again = await servePlinth({ directory });
    assert.equal((await register(again.url, 'ann@example.org')).status, 409);
    const { stdout } = await again.stop();
    assert.doesNotMatch(stdout, /schema:/, 'nothing is changed by the second start');
  });

  test(
    'is up with less than two seconds of processor time',
    { skip: !existsSync('/proc/self/stat') },
    async (context) => {
      const serving = await servePlinth();
      // The clock would measure what else this machine does.
      const seconds = processorSeconds(serving.child.pid as number);
      context.diagnostic(`${seconds} s`);
      assert.ok(seconds > 0 && seconds < 2, `${seconds} s`);
      await serving.stop();
    },
  );

  test('prints its address, that of the docs, and commands that work in a shell', async () => {
    const serving = await servePlinth();
    await serving.says(/Create a task/);
    const { stdout } = serving.written;
    assert.ok(stdout.includes(`Address  ${serving.url}\n`));
    assert.ok(stdout.includes(`Docs     ${serving.url}/docs\n`));
    const commands = stdout.split('\n').filter((line) => /^ {2}(curl|TOKEN=)/.test(line));
    assert.equal(commands.length, 4);
    const shell = await plinth(['-eu', '-c', commands.join('\necho\n')], { command: ['sh'] });
    assert.equal(shell.stderr, '');
    const [user, , task, list] = shell.stdout.split('\n');
    assert.equal((JSON.parse(user as string) as { user: { email: string } }).user.email, 'ann@example.org');
    assert.equal((JSON.parse(task as string) as { title: string }).title, 'Read the docs');
    assert.equal((JSON.parse(list as string) as { data: unknown[] }).data.length, 1);
    await serving.stop();
  });

  test('writes JSON lines only to standard output in production', async () => {
    const serving = await servePlinth({ environment: { NODE_ENV: 'production' } });
    await serving.says(/Create a task/);
    const { code, stdout, stderr } = await serving.stop();
    assert.equal(code, 0);
    for (const line of stdout.trim().split('\n')) assert.equal(typeof JSON.parse(line), 'object');
    assert.match(stderr, /Sign a user up/);
  });

  test('makes the admin that ADMIN_EMAIL and ADMIN_PASSWORD name, once', async () => {
    const directory = temporaryFolder();
    const environment = { ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: 'not to be shown' };
    for (const expected of [/made the admin/, undefined]) {
      const serving = await servePlinth({ directory, environment });
      const login = await fetch(`${serving.url}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'root@example.org', password: 'not to be shown' }),
      });
      assert.equal(((await login.json()) as { user: { role: string } }).user.role, 'admin');
      const { stdout, stderr } = await serving.stop();
      if (expected) assert.match(stdout, expected);
      else assert.doesNotMatch(stdout, /made the admin/);
      assert.doesNotMatch(stdout + stderr, /not to be shown/);
    }
  });

  test('finishes the request in flight at SIGTERM, then ends with 0', async () => {
    const serving = await servePlinth();
    const { inFlight, status } = await halfSent(serving.url);
    serving.child.kill('SIGTERM');
    await serving.says(/"stopping"/);
    inFlight.end(body.slice(10));
    assert.equal(await status, 201);
    assert.equal((await serving.ended).code, 0);
  });

  test('stops at SIGTERM while it still waits for its database', async () => {
    const environment = { DATABASE_URL: 'postgres://127.0.0.1:1/plinth' };
    const starting = spawnPlinth(['serve'], { environment });
    await starting.says(/waiting up to 30 s/);
    starting.child.kill('SIGTERM');
    const { code, stdout } = await starting.ended;
    assert.equal(code, 0);
    assert.match(stdout, /stopped before the start was done/);
  });

  test('stops at once at a second signal', async () => {
    const serving = await servePlinth({ environment: { SHUTDOWN_TIMEOUT: '10m' } });
    const { status } = await halfSent(serving.url);
    serving.child.kill('SIGINT');
    await serving.says(/"stopping"/);
    // The same signal twice within 300 ms is one: a terminal and a launcher both send it.
    serving.child.kill('SIGINT');
    await delay(350);
    assert.equal(serving.child.exitCode, null);
    serving.child.kill('SIGTERM');
    assert.equal((await serving.ended).code, 1);
    await assert.rejects(status);
  });

  test('applies safe changes, and stops before one that loses data, with the plan and the command', async () => {
    const directory = temporaryFolder();
    const collections = join(directory, 'collections');
    mkdirSync(collections);
    const write = (properties: object) =>
      writeFileSync(join(collections, 'notes.json'), JSON.stringify({ name: 'notes', properties }));
    const environment = { COLLECTIONS_DIR: collections };
    write({ text: { type: 'string' }, mood: { type: 'string' } });
    await (await servePlinth({ directory, environment })).stop();
    write({ text: { type: 'string' }, mood: { type: 'string' }, more: { type: 'integer' } });
    const second = await servePlinth({ directory, environment });
    await second.says(/schema: notes: .*more/);
    await second.stop();
    write({ text: { type: 'string' }, more: { type: 'integer' } });
    const refused = await plinth(['serve'], { directory, environment });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /mood/);
    assert.match(refused.stderr, /plinth apply --allow-destructive/);
    assert.doesNotMatch(refused.stderr, /\n\s+at /);
    assert.equal((await plinth(['apply', '--allow-destructive'], { directory, environment })).code, 0);
    await (await servePlinth({ directory, environment })).stop();
  });

  test('changes nothing with APPLY_ON_START=off', async () => {
    const directory = temporaryFolder();
    const environment = { APPLY_ON_START: 'off' };
    const refused = await plinth(['serve'], { directory, environment });
    assert.deepEqual([refused.code, refused.stdout], [1, '']);
    assert.match(refused.stderr, /does not match the collections\. Run "plinth plan"/);
    assert.equal((await plinth(['apply'], { directory })).code, 0);
    await (await servePlinth({ directory, environment })).stop();
  });
});
