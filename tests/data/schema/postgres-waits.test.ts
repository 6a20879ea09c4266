import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import type { Database } from '#data/index.ts';
import { execute, testDatabase } from '../../support/databases.ts';
import { useTable } from '../../support/table-use.ts';
import { define, definitions, id, lines, Living, serviceOn } from './fixture.ts';

const postgres = testDatabase('postgres');
const text = { type: 'string', maxLength: 200 };
/** The longest that anybody may wait for a table because a change waits for it. */
const waitMsMax = 1_000;

/** Somebody who has read a table, and neither goes on nor ends: what has been read stays locked. */
async function idleReader(url: string, table: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`BEGIN; SELECT 1 FROM ${table}`);
  return {
    async leave() {
      await client.query('COMMIT');
      await client.end();
    },
  };
}

async function indexesOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname::text AS name FROM pg_class WHERE relkind = 'i' AND relname !~ '^pg_' ORDER BY 1",
  );
  await client.end();
  return rows.map(({ name }) => name);
}

const unchanged = [define('tasks', { title: text }), define('notes', { title: text })];

async function openWithTasks() {
  const url = await postgres.createUrl();
  const living = new Living(postgres.openUrl(url));
  await living.apply(...unchanged);
  for (const collection of ['tasks', 'notes'])
    await living.insert(collection, [{ title: 'a' }, { title: 'b' }]);
  return { url, living };
}

/** So many that the table counts as a large one. */
async function fill(url: string, titleSql: string): Promise<void> {
  await execute(
    url,
    `INSERT INTO tasks (id, "createdAt", "updatedAt", version, title)
     SELECT ('018f0000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, now(), now(), 1, ${titleSql}
     FROM generate_series(1, 60000) AS n`,
  );
}

const longTitle = "lpad(n::text, 150, 'x')";

test('nobody waits for long behind a change that waits for an idle reader, and the change comes through', async () => {
  const { url, living } = await openWithTasks();
  const idle = await idleReader(url, 'tasks');
  const load = useTable(living.database, 'tasks', id(1));
  const wanted = definitions(
    define('tasks', { title: text, done: { type: 'boolean' } }),
    define('notes', { title: text }),
  );
  const applying = serviceOn(postgres.openUrl(url)).apply(wanted);
  let isApplied = false;
  void applying.then(() => (isApplied = true));
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  assert.equal(isApplied, false);
  await idle.leave();
  const { steps } = await applying;
  assert.deepEqual(lines(steps), ['tasks: add property "done" (boolean)']);
  const { slowestMs, counts } = await load.stop();
  assert.ok(slowestMs <= waitMsMax, `${Math.round(slowestMs)} ms`);
  assert.ok(
    counts.every((count) => count > 100),
    counts.join(),
  );
});

test('a change that does not get its locks in time is given up, and leaves nothing', async () => {
  const { url, living } = await openWithTasks();
  await fill(url, longTitle);
  const idle = await idleReader(url, 'tasks');
  const before = await indexesOf(url);
  const tables = await living.tables();
  const wanted = definitions(
    define('tasks', { title: text, done: { type: 'boolean' } }, { indexes: [['title']] }),
    define('notes', { title: text }),
  );
  await assert.rejects(serviceOn(postgres.openUrl(url)).apply(wanted, { lockTimeoutMs: 2_000 }), {
    name: 'Problem',
    message: /for more than 2 s/,
  });
  await idle.leave();
  // Behind a reader no index can be dropped at once: what was built ahead goes with the next apply.
  await serviceOn(postgres.openUrl(url)).apply(definitions(...unchanged));
  assert.deepEqual(await living.tables(), tables);
  assert.deepEqual(await indexesOf(url), before);
});

test('an index of a large table is built while it is written', async () => {
  const { url, living } = await openWithTasks();
  await fill(url, longTitle);
  // A snapshot that was taken before holds the build up, and it alone.
  const old = new pg.Client({ connectionString: url });
  await old.connect();
  await old.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
  const load = useTable(living.database, 'tasks', id(1));
  const tasks = define('tasks', { title: text }, { indexes: [{ properties: ['title'], unique: true }] });
  const applying = serviceOn(postgres.openUrl(url)).apply(
    definitions(tasks, define('notes', { title: text })),
  );
  while (!(await indexesOf(url)).some((name) => name.startsWith('_plinth_ahead_')));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await old.query('COMMIT');
  await old.end();
  await applying;
  const { slowestMs } = await load.stop();
  assert.ok(slowestMs <= waitMsMax, `${Math.round(slowestMs)} ms`);
  assert.ok((await indexesOf(url)).includes('tasks_title_key'));
  assert.deepEqual(
    (await indexesOf(url)).filter((name) => name.startsWith('_plinth_ahead_')),
    [],
  );
  assert.deepEqual(await living.service.drift(), []);
  await assert.rejects(living.insert('tasks', [{ title: 'a' }], 9), { name: 'UniqueViolation' });
});

test('a unique index that cannot be is refused with the number of duplicates, and none is left half-built', async () => {
  const { url } = await openWithTasks();
  await fill(url, "lpad((n / 2)::text, 150, 'x')");
  const before = await indexesOf(url);
  const tasks = define('tasks', { title: text }, { indexes: [{ properties: ['title'], unique: true }] });
  const wanted = definitions(tasks, define('notes', { title: text }));
  await assert.rejects(serviceOn(postgres.openUrl(url)).apply(wanted), {
    name: 'Problem',
    message: /29999 values occur more than once/,
  });
  assert.deepEqual(await indexesOf(url), before);
});

test('what a build that was killed has left goes with the next change, and a whole index is taken in', async () => {
  const { url, living } = await openWithTasks();
  await fill(url, longTitle);
  const indexed = define('tasks', { title: text }, { indexes: [['title']] });
  // Killed between the build and the end of the change.
  const killed = postgres.openUrl(url);
  let isKilled = false;
  const dying: Database = {
    ...killed,
    changeSchema: (work, options) =>
      killed.changeSchema(async (transaction) => {
        if (!isKilled) await work(transaction);
        isKilled = true;
        throw new Error('killed');
      }, options),
  };
  await assert.rejects(
    serviceOn(dying).apply(definitions(indexed, define('notes', { title: text }))),
    /killed/,
  );
  const [left] = (await indexesOf(url)).filter((name) => name.startsWith('_plinth_ahead_'));
  assert.ok(left);
  await execute(url, 'CREATE INDEX _plinth_ahead_0123456789abcdef01234567 ON tasks (version)');
  assert.deepEqual(await living.service.drift(), []);
  await living.apply(indexed, define('notes', { title: text }));
  assert.deepEqual(
    (await indexesOf(url)).filter((name) => name.startsWith('_plinth_ahead_')),
    [],
  );
});
