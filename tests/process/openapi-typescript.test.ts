import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startApp } from '../support/plinth/app.ts';

const run = promisify(execFile);

const root = join(import.meta.dirname, '../..');
/** The generator needs TypeScript 5 where Plinth has 7, so both are dependencies of a workspace of their own. */
const programs = join(root, 'tests/typed-client/node_modules/.bin');

/** What a client would write. Each `@ts-expect-error` is a mistake that the types must catch. */
const client = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.ts';

const client = createClient<paths>({ baseUrl: 'http://localhost:3000' });
const { data, error } = await client.POST('/v1/tasks', { body: { title: 'Write', status: 'doing', priority: 2 } });
if (error) console.log(error.code satisfies components['schemas']['Problem']['code'], error.errors?.[0]?.pointer);
else console.log(data.id satisfies string, data.title satisfies string | undefined);

const page = await client.GET('/v1/tasks', { params: { query: { filter: 'priority > 1', limit: 5, count: 'exact' } } });
console.log(page.data?.data[0]?.dueOn satisfies string | null | undefined, page.data?.page.next, page.data?.total);
const signedIn = await client.POST('/auth/login', { body: { email: 'ada@example.org', password: 'x' } });
console.log(signedIn.data?.tokenType satisfies 'Bearer' | undefined, signedIn.data?.user.role);
await client.PATCH('/v1/tasks/{id}', { params: { path: { id: '1' } }, body: { dueOn: null } });

// @ts-expect-error title is required
await client.POST('/v1/tasks', { body: { status: 'doing' } });
// @ts-expect-error no such state
await client.POST('/v1/tasks', { body: { title: 'x', status: 'never' } });
// @ts-expect-error no such property
await client.POST('/v1/tasks', { body: { title: 'x', titel: 'y' } });
// @ts-expect-error users are not made here
await client.POST('/v1/users', { body: { email: 'a@example.org' } });
`;

test('types are generated from the document of the shipped collections, and a client compiles with them', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-types-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const app = await startApp();
  t.after(() => app.close());
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify((await app.send('GET', '/openapi.json')).body));
  writeFileSync(join(folder, 'client.ts'), client);
  const inFolder = async (command: string, ...given: string[]) => {
    try {
      return await run(command, given, { cwd: folder });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return assert.fail(`${command} ${given.join(' ')}\n${stdout}${stderr}`);
    }
  };
  await inFolder(join(programs, 'openapi-typescript'), 'openapi.json', '--output', 'schema.ts');
  const options = ['--strict', '--noEmit', '--target', 'esnext', '--module', 'nodenext', '--skipLibCheck'];
  await inFolder(join(programs, 'tsc'), ...options, '--allowImportingTsExtensions', 'client.ts', 'schema.ts');
});
