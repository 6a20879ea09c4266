import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { define, definitions, id, Living, serviceOn, tablesOf } from './fixture.ts';

const before = [
  define(
    'tasks',
    { title: { type: 'string', maxLength: 9 }, size: { type: 'string' } },
    { search: ['title'] },
  ),
];
const after = [
  define('projects', { name: { type: 'string' } }),
  define(
    'works',
    {
      name: { type: 'string', maxLength: 9, was: 'title' },
      size: { type: 'integer' },
      project: { reference: 'projects' },
    },
    { was: 'tasks', search: ['name'], indexes: [['name']] },
  ),
];
const fileOfProcess = join(import.meta.dirname, 'apply-process.ts');

eachDatabase((database) => {
  test(
    'three replicas that start at once on an empty database: one applies, all go on',
    { timeout: 60_000 },
    async () => {
      const url = await database.createUrl();
      const children = [1, 2, 3].map(() => replica(url, definitions(...after)));
      const outputs = await Promise.all(
        children.map(async (child) => ({ text: await output(child), code: child.exitCode })),
      );
      assert.deepEqual(outputs.map(({ text }) => text).toSorted(), ['0\n', '0\n', '3\n']);
      assert.deepEqual(
        outputs.map(({ code }) => code),
        [0, 0, 0],
      );
      assert.deepEqual(await serviceOn(database.openUrl(url)).drift(), []);
    },
  );

  test('of two applies at once one waits, then finds nothing to do', async () => {
    const url = await database.createUrl();
    await serviceOn(database.openUrl(url)).apply(definitions(...before));
    const plans = await Promise.all(
      [1, 2].map(() =>
        serviceOn(database.openUrl(url)).apply(definitions(...after), { allowDestructive: true }),
      ),
    );
    assert.equal(plans.filter(({ steps }) => steps.length > 0).length, 1);
  });

  test('an apply that does not get its turn in time is refused', async () => {
    const url = await database.createUrl();
    const first = database.openUrl(url);
    const inside = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const holding = first.changeSchema(
      async () => {
        inside.resolve();
        await release.promise;
      },
      { lockTimeoutMs: 1_000 },
    );
    await inside.promise;
    await assert.rejects(
      serviceOn(database.openUrl(url)).apply(definitions(...before), { lockTimeoutMs: 100 }),
      {
        code: 'schema_locked',
        message: /for more than 0.1 s\. Wait until it is done, then try again\.$/,
      },
    );
    release.resolve();
    await holding;
  });

  test('what others write while a change is on its way is not lost', async () => {
    const url = await database.createUrl();
    const living = new Living(database.openUrl(url));
    await living.apply(define('tasks', { size: { type: 'integer' } }));
    await living.insert(
      'tasks',
      Array.from({ length: 3_000 }, (_, size) => ({ size })),
    );
    const wanted = definitions(define('tasks', { size: { type: 'string' } }));
    const applied = serviceOn(database.openUrl(url)).apply(wanted);
    const { build } = living.database;
    for (let number = 0; number < 300; number++) {
      const statement = build
        .updateTable('tasks')
        .set({ size: -number })
        .where('id', '=', id(number * 10));
      // After the change the column holds text, and one of the databases refuses the number.
      await living.database
        .write((transaction) => transaction.run(statement.compile()))
        .catch(() => undefined);
    }
    await applied;
    const lost = build.selectFrom('tasks').select('id').where('size', 'is', null).compile();
    assert.deepEqual(await living.database.read((reader) => reader.all(lost)), []);
  });

  for (const statements of ['0', '4', '9', '14', 'all']) {
    test(
      `kill -9 after ${statements} statements of a change leaves the old schema`,
      { timeout: 60_000 },
      async () => {
        const url = await database.createUrl();
        const living = new Living(database.openUrl(url));
        await living.apply(...before);
        await living.insert('tasks', [
          { title: 'a', size: '1' },
          { title: 'b', size: 'x' },
        ]);
        const tables = await living.tables();
        const child = replica(url, definitions(...after), statements);
        await once(child.stdout as NodeJS.ReadableStream, 'data');
        child.kill('SIGKILL');
        await once(child, 'exit');

        const survivor = new Living(database.openUrl(url));
        assert.deepEqual(await survivor.tables(), tables);
        assert.deepEqual(await survivor.service.drift(), []);
        assert.deepEqual(await living.values('tasks', 'size'), ['1', 'x']);
        await survivor.apply(...after);
        assert.deepEqual(await survivor.values('works', 'size'), [1, null]);
        const fresh = database.openUrl(await database.createUrl());
        await serviceOn(fresh).apply(definitions(...after));
        assert.deepEqual(await survivor.tables(), await tablesOf(fresh));
      },
    );
  }
});

function replica(url: string, wanted: readonly CollectionDefinition[], stopAfter?: string): ChildProcess {
  const options = stopAfter === undefined ? [] : [stopAfter];
  return spawn(process.execPath, [fileOfProcess, url, JSON.stringify(wanted), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  await once(child, 'close');
  return text;
}
