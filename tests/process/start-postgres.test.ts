import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { startApp } from '#plinth';
import { loadSettings } from '#config/index.ts';
import { execute } from '../support/databases.ts';
import { rememberingLog } from '../support/plinth/log.ts';
import { plinth, servePlinth, spawnPlinth, temporaryFolder } from '../support/plinth/process.ts';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server.ts';

describe('a start on PostgreSQL', () => {
  let server: PostgresServer;
  /** The server's address for a user with a password, which only the superuser does not need. */
  const urlFor = (login: string, database: string) => {
    const url = new URL(server.url);
    return `postgres://${login}@${url.host}/${database}`;
  };

  before(async () => {
    server = await startPostgresServer();
    await execute(server.url, "CREATE ROLE ann LOGIN PASSWORD 'right'");
    await execute(server.url, 'CREATE DATABASE plinth OWNER ann');
    const client = new pg.Client(server.url);
    await client.connect();
    const found = await client.query<{ file: string }>("SELECT current_setting('hba_file') AS file");
    writeFileSync(
      found.rows[0]?.file ?? '',
      'host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
    );
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  });
  after(() => server.stop());

  test('needs nothing but DATABASE_URL', async () => {
    const serving = await servePlinth({ environment: { DATABASE_URL: urlFor('ann:right', 'plinth') } });
    assert.equal((await fetch(`${serving.url}/health/ready`)).status, 200);
    const { code, stdout, stderr } = await serving.stop();
    assert.equal(code, 0);
    assert.doesNotMatch(stdout + stderr, /right/);
  });

  test('tells a wrong password, user or database, and what to correct', async () => {
    const refused = async (url: string, expected: RegExp) => {
      const { code, stderr } = await plinth(['serve'], { environment: { DATABASE_URL: url } });
      assert.equal(code, 1);
      assert.match(stderr, expected);
      assert.match(stderr, /DATABASE_URL/);
      assert.doesNotMatch(stderr, /hush|^\s+at /m);
    };
    await refused(urlFor('ann:hush', 'plinth'), /refuses the user "ann": the password is wrong/);
    await refused(urlFor('bob:hush', 'plinth'), /refuses the user "bob"/);
    await refused(urlFor('ann:right', 'nowhere'), /has no database "nowhere"\. Create it/);
  });

  test('waits for a server that is down, says so, and goes on when it is there', async () => {
    const ended = new Promise((resolve) => server.process.once('exit', resolve));
    server.process.kill('SIGINT');
    await ended;
    const environment = { DATABASE_URL: urlFor('ann:right', 'plinth') };
    const atOnce = await plinth(['plan'], { environment });
    assert.equal(atOnce.code, 1);
    assert.match(
      atOnce.stderr,
      /PostgreSQL at 127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)\. Check that it runs/,
    );
    const starting = spawnPlinth(['serve'], { environment });
    await starting.says(/does not answer yet; waiting up to 30 s/);
    await server.restart();
    const [, url] = await starting.says(/"url":"(http:[^"]+)"/);
    assert.equal((await fetch(`${url}/health/ready`)).status, 200);
    starting.child.kill('SIGTERM');
    assert.equal((await starting.ended).code, 0);
  });

  // That these are 30 s is in what it says above; here the time is short, and the sentence is that of `plan`.
  test('gives up when the time is over', async () => {
    const environment = { DATABASE_URL: 'postgres://ann:hush@127.0.0.1:1/plinth' };
    const settings = loadSettings({ directory: temporaryFolder(), environment });
    const { log, lines } = rememberingLog();
    const starting = startApp({ settings, log, waitForDatabaseMs: 1_200 });
    await assert.rejects(starting, { name: 'DatabaseUnavailable', reason: 'unreachable' });
    assert.deepEqual(
      lines.map(({ message }) => message),
      ['the database does not answer yet; waiting up to 1 s'],
    );
  });
});
