import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnTypesOf } from '#data/schema/system/migration.ts';
import { eachDatabase } from '../../support/databases.ts';
import { define, Living } from './fixture.ts';

eachDatabase((database) => {
  const triggersOf = (table: string) =>
    database.name === 'sqlite'
      ? ['create', 'update', 'delete'].map((kind) => `_plinth_${kind}_${table}`)
      : ['_plinth_version', '_plinth_change'];
  const withoutTriggers = (table: string) =>
    triggersOf(table).map(
      (name) => `The trigger "${name}" of "${table}" is missing, switched off or another one.`,
    );
  const dropTriggers = (table: string) =>
    triggersOf(table).map(
      (name) => `DROP TRIGGER "${name}"${database.name === 'postgres' ? ` ON "${table}"` : ''}`,
    );

  test('every change behind the back is told in a sentence', async () => {
    const living = await Living.on(
      database,
      define('projects', { name: { type: 'string' } }, { search: ['name'] }),
      define(
        'tasks',
        {
          title: { type: 'string', maxLength: 9 },
          count: { type: 'integer' },
          project: { reference: 'projects' },
        },
        { required: ['title'], indexes: [['title']] },
      ),
    );
    await behind(living, [
      // To SQLite they need the column that goes.
      ...dropTriggers('tasks'),
      'DROP INDEX "tasks_title_idx"',
      'ALTER TABLE "tasks" DROP COLUMN "count"',
      'ALTER TABLE "tasks" ADD COLUMN "mine" integer',
      'DROP TABLE "_plinth_search_projects"',
      'DROP TABLE "_plinth_refresh_tokens"',
      'CREATE INDEX "mine" ON "tasks" ("mine")',
      'CREATE TABLE "others" ("a" integer)',
    ]);
    assert.deepEqual(await living.service.drift(), [
      'The table "_plinth_refresh_tokens" is missing.',
      'The table "_plinth_search_projects" is missing.',
      'The column "count" of "tasks" is missing.',
      'The table "tasks" has a column "mine" that Plinth did not make.',
      'The index "tasks_title_idx" of "tasks" is missing.',
      ...withoutTriggers('tasks'),
    ]);
  });

  test('a table that was made again in another way is told', async () => {
    const living = await Living.on(
      database,
      define(
        'tasks',
        {
          title: { type: 'string', maxLength: 9 },
          count: { type: 'integer' },
          owner: { reference: 'users' },
        },
        { required: ['title'], indexes: [['title']] },
      ),
    );
    const { uuid, string, timestamp, integer } = columnTypesOf(living.database.dialect);
    await behind(living, [
      'DROP TABLE "tasks"',
      `CREATE TABLE "tasks" ("id" ${uuid} NOT NULL PRIMARY KEY, "createdAt" ${timestamp} NOT NULL, "updatedAt" ${timestamp} NOT NULL, ` +
        `"version" ${integer} NOT NULL, "title" ${string}, "count" ${string} DEFAULT '1', "owner" ${uuid} REFERENCES "users" ("id") ON DELETE CASCADE)`,
      'CREATE UNIQUE INDEX "tasks_title_idx" ON "tasks" ("title")',
    ]);
    assert.deepEqual(await living.service.drift(), [
      'The column "title" of "tasks" allows NULL.',
      `The column "count" of "tasks" has the type ${string}, not ${integer}.`,
      'The column "count" of "tasks" has a default in the database.',
      'The foreign key of "tasks" from "owner" to "users" has ON DELETE CASCADE, not NO ACTION.',
      'The index "tasks_owner_idx" of "tasks" is missing.',
      'The index "tasks_title_idx" of "tasks" is another one than Plinth made (on "title", "id").',
      ...withoutTriggers('tasks'),
    ]);
  });

  test('nothing is told of an empty database, and of one that is as it should be', async () => {
    const living = new Living(await database.open());
    assert.deepEqual(await living.service.drift(), []);
    await living.apply(define('tasks', {}));
    assert.deepEqual(await living.service.drift(), []);
  });
});

async function behind(living: Living, statements: readonly string[]): Promise<void> {
  await living.database.changeSchema(
    async (transaction) => {
      for (const sql of statements) await transaction.run({ sql, parameters: [] });
    },
    { lockTimeoutMs: 1_000 },
  );
}
