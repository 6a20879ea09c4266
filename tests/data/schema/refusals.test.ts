import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { execute, testDatabase } from '../../support/databases.ts';
import { define, definitions, Living, serviceOn } from './fixture.ts';

test('a user that may not make tables is told what to grant', async () => {
  const postgres = testDatabase('postgres');
  const url = new URL(await postgres.createUrl());
  const role = `guest_${process.pid}`;
  await execute(url.href, `CREATE ROLE ${role} LOGIN`);
  const administration = new URL('/postgres', url).href;
  after(() => execute(administration, `DROP ROLE IF EXISTS ${role}`));
  url.username = role;
  await assert.rejects(serviceOn(postgres.openUrl(url.href)).apply(definitions()), {
    code: 'insufficient_privilege',
    message: `The database user "${role}" may not make tables in the schema "public". As its owner, run: GRANT USAGE, CREATE ON SCHEMA "public" TO "${role}";`,
  });
});

test('what the database objects to is told, and nothing is changed', async () => {
  for (const name of ['sqlite', 'postgres'] as const) {
    const living = await Living.on(testDatabase(name), define('tasks', { title: { type: 'string' } }));
    const view = { sql: 'CREATE VIEW "titles" AS SELECT "title" FROM "tasks"', parameters: [] };
    await living.database.changeSchema((transaction) => transaction.run(view), { lockTimeoutMs: 1_000 });
    const tables = await living.tables();
    await assert.rejects(living.service.apply(definitions(define('tasks', {})), { allowDestructive: true }), {
      code: 'schema_conflict',
      message: /^The database refused the change: .*titles.*\. Nothing was changed\.$/s,
    });
    assert.deepEqual(await living.tables(), tables);
  }
});
