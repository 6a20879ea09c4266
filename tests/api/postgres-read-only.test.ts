import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute, testDatabase } from '../support/databases.ts';
import { startApp } from '../support/plinth/app.ts';

const postgres = testDatabase('postgres');
const rules = { list: 'true', create: 'true' };

test('a PostgreSQL that takes no writes is not ready, serves reads, and is ready again without a restart', async (t) => {
  const database = await postgres.createUrl();
  const name = new URL(database).pathname.slice(1);
  const administration = new URL('/postgres', database).href;
  const app = await startApp({
    database,
    collections: [{ name: 'notes', properties: { title: { type: 'string' } }, rules }],
  });
  t.after(() => app.close());
  const ready = async () => (await app.send('GET', '/health/ready')).status;
  const write = async () => (await app.send('POST', '/v1/notes', { body: { title: 'a' } })).status;
  assert.deepEqual([await ready(), await write()], [200, 201]);

  // As after a failover to a standby: new sessions are read-only, and the former are gone.
  await execute(administration, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await execute(
    administration,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  while ((await ready()) === 200);
  assert.equal(await write(), 503);
  assert.equal((await app.send('GET', '/v1/notes')).status, 200);
  assert.equal(await ready(), 503);

  await execute(administration, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
  // A session keeps the defaults that it began with: it is given up when a write has failed.
  while ((await ready()) === 503);
  while ((await write()) === 503);
  assert.equal(await ready(), 200);
});
