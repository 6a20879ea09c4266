import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Problem } from '#domain/errors/problem.ts';
import { createCollections } from '#services/collections/index.ts';
import { testDatabase } from '../../support/databases.ts';
import { quiet } from '../../support/plinth/log.ts';

const database = testDatabase('sqlite');
function folderWith(context: TestContext, files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-collections-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

async function service() {
  return createCollections({ database: await database.open(), log: quiet });
}

/** What the refusal says, without the folder. */
async function refusalOf(folder: string): Promise<string> {
  const error = await (await service()).load(folder).then(
    () => assert.fail('it was loaded'),
    (problem: Problem) => problem,
  );
  assert.equal(error.code, 'invalid_definition');
  return error.message.replaceAll(`${folder}/`, '');
}

test('definitions are read from JSON and from modules, the built-in users are there, other files are left alone', async (context) => {
  const folder = folderWith(context, {
    'notes.json': '\ufeff{ "name": "notes", "properties": {} }',
    'tasks.ts':
      'const name: string = "tasks"; export default { name, properties: { a: { type: "string", maxLength: undefined } } };',
    'works.js': 'export default { name: "works", properties: {} };',
    'README.md': '#',
    '.hidden.json': '{',
    'types.d.ts': 'export type A = 1;',
  });
  const definitions = await (await service()).load(folder);
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ['users', 'notes', 'tasks', 'works'],
  );
});

test('a module that was changed is read again', async (context) => {
  const folder = folderWith(context, {
    'tasks.ts': 'export default { name: "tasks", properties: { a: {} } };',
  });
  const collections = await service();
  await collections.load(folder);
  writeFileSync(join(folder, 'tasks.ts'), 'export default { name: "tasks", properties: { b: {} } };');
  const definitions = await collections.load(folder);
  assert.deepEqual(Object.keys(definitions[1]?.properties ?? {}), ['b']);
});

test('every unreadable file is told at once, with the place where reading stopped', async (context) => {
  const folder = folderWith(context, {
    'a.json': '{\n  "name": "a",\n  "properties": {},\n}',
    'b.json': Buffer.from([0x22, 0xff, 0x22]),
    'c.json': '{ "name": "c", "n\\u0061me": "d" }',
    'd.json': '',
    'e.ts': 'export const x = 1;',
    'f.ts': 'export default { name: "f", properties: { at: { default: new Date(0) } } };',
    'g.js': 'export default {',
    'h.json': `"${'x'.repeat(1_100_000)}"`,
  });
  const [title, ...lines] = (await refusalOf(folder)).split('\n');
  assert.equal(title, 'The collections are not valid.');
  assert.deepEqual(lines.slice(0, 6), [
    'a.json: the JSON is broken in line 4, column 1: a name in double quotes is expected',
    'b.json: the file is not in UTF-8',
    'c.json: the JSON is broken in line 1, column 16: the name "name" is there already',
    'd.json: the JSON is broken in line 1, column 1: it ends too early',
    'e.ts: the module has no default export',
    'f.ts: what is at /properties/at/default is not JSON',
  ]);
  assert.match(lines[6] ?? '', /^g\.js: /);
  assert.equal(lines.at(-1), 'h.json: the file is larger than 1 MiB');
});

test('mistakes are told with file, pointer and what was meant', async (context) => {
  const folder = folderWith(context, {
    'tasks.json': '{ "name": "tasks", "properties": { "title": { "type": "string", "maxLenght": 3 } } }',
  });
  assert.equal(
    await refusalOf(folder),
    'The collections are not valid.\ntasks.json /properties/title/maxLenght: unknown keyword "maxLenght" (did you mean "maxLength"?)',
  );
});

test('a missing folder says which setting names it', async () => {
  await assert.rejects((await service()).load('/nowhere/at/all'), {
    code: 'unreadable_definitions',
    message:
      'The folder of collections /nowhere/at/all is not there. Make it, or set COLLECTIONS_DIR to the right one.',
  });
});

test('the model is there after apply or adopt, and adopt needs a database that matches', async (context) => {
  const folder = folderWith(context, { 'tasks.json': '{ "name": "tasks", "properties": {} }' });
  const opened = await database.open();
  const first = createCollections({ database: opened, log: quiet });
  const definitions = await first.load(folder);
  assert.throws(() => first.current(), { name: 'Problem', code: 'unavailable' });
  await assert.rejects(first.adopt(definitions), {
    code: 'schema_mismatch',
    message: /Run "plinth plan" to see how/,
  });
  await first.apply(definitions);
  assert.deepEqual([...first.current().collections.keys()], ['users', 'tasks']);
  const second = createCollections({ database: opened, log: quiet });
  await second.adopt(definitions);
  assert.deepEqual([...second.current().collections.keys()], ['users', 'tasks']);
});

test('a database that a newer Plinth has changed is refused with what to do', async () => {
  const opened = await database.open();
  const collections = createCollections({ database: opened, log: quiet });
  await collections.apply([]);
  await opened.write((transaction) =>
    transaction.run({ sql: 'UPDATE "_plinth_version" SET "version" = 999', parameters: [] }),
  );
  for (const attempt of [collections.plan([]), collections.apply([]), collections.drift()]) {
    await assert.rejects(attempt, {
      code: 'newer_database',
      message: /^This database was changed by a newer Plinth \(its version is 999, .*Start the newer program/,
    });
  }
});

test('a pipe, a device or a folder in the place of a definition is refused, not waited for', async (context) => {
  const folder = folderWith(context, {});
  execFileSync('mkfifo', [join(folder, 'pipe.json'), join(folder, 'pipe.ts')]);
  symlinkSync('/dev/zero', join(folder, 'zero.json'));
  mkdirSync(join(folder, 'folder.json'));
  const refusal = await refusalOf(folder);
  for (const name of ['folder.json', 'pipe.json', 'pipe.ts', 'zero.json']) {
    assert.match(
      refusal,
      new RegExp(`^ *${name}.*: this is no file, but a folder, a pipe or a device$`, 'm'),
    );
  }
});
