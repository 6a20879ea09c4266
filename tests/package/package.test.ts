import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root, servePlinth, temporaryFolder } from '../support/plinth/process.ts';
import { freePort } from '../support/postgres-server.ts';
import { documentedProgram, installConsumer, nodeBinariesBelow, packagesBelow, run } from './consumer.ts';

const { directory, tarball, nodes } = installConsumer();
const installed = join(directory, 'node_modules/plinth');
const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;

test('the package brings no Node and depends on none', () => {
  assert.equal(manifest.optionalDependencies, undefined);
  assert.deepEqual(
    packagesBelow(directory).filter((name) => /^(node|node-(linux|bin|darwin|win)-.*)$/.test(name)),
    [],
  );
  assert.deepEqual(nodeBinariesBelow(directory), []);
});

test('a linter of packages has nothing to say', async () => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer } });
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest, { color: false })),
    [],
  );
});

test('its declarations are those that its door leads to, and name no library', () => {
  const files = globSync('**/*.d.ts', { cwd: join(installed, 'dist') });
  assert.ok(files.includes('index.d.ts') && files.length < 30, files.join(' '));
  const named = files.flatMap((file) =>
    [
      ...readFileSync(join(installed, 'dist', file), 'utf8').matchAll(
        /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g,
      ),
    ]
      .map(([, target]) => target as string)
      .filter((target) => !/^\.{1,2}\/.*\.js$/.test(target)),
  );
  assert.deepEqual(named, []);
});

test('what is compiled leads to nothing that is not, workers included', () => {
  const files = globSync('**/*.js', { cwd: join(installed, 'dist') });
  assert.ok(files.filter((file) => file.endsWith('.worker.js')).length >= 2);
  const leading = files.filter((file) => {
    const code = readFileSync(join(installed, 'dist', file), 'utf8');
    return /(?:from|import)\s*\(?\s*['"]#|new URL\([^)]*\.ts\b/.test(code);
  });
  assert.deepEqual(leading, []);
});

describe('a program in TypeScript', () => {
  const program = `
    import { createPlinth, defineCollection, Problem, type Plinth, type PlinthSettings } from 'plinth';
    const notes = defineCollection({ name: 'notes', properties: { text: { type: 'string' } } });
    const name: 'notes' = notes.name;
    const settings: PlinthSettings = { bodyLimitBytes: 2_000, corsOrigins: ['*'], rateLimit: 'off' };
    const plinth: Plinth = createPlinth({ collections: [notes], settings });
    const bound: { url: string; port: number } = await plinth.listen({ port: 0 });
    const answer: Response = await plinth.fetch(new Request(bound.url), { clientAddress: '::1' });
    const status: number = new Problem('not_found').status;
    await plinth.close();
    // @ts-expect-error -- the collection has no such keyword
    defineCollection({ name: 'notes', property: {} });
    // @ts-expect-error -- a size is a number of bytes
    createPlinth({ collections: [], settings: { bodyLimitBytes: '1mb' } });
    console.log(name, answer, status);
  `;
  const file = join(directory, 'program.ts');
  writeFileSync(file, program);
  const types = join(root, 'node_modules/@types');
  for (const [environment, flags] of Object.entries({
    'with the types of a browser': ['--lib', 'esnext,dom', '--types', ''],
    'with the types of Node': ['--lib', 'esnext', '--types', 'node', '--typeRoots', types],
    'for a bundler': [
      '--module',
      'esnext',
      '--moduleResolution',
      'bundler',
      '--lib',
      'esnext,dom',
      '--types',
      '',
    ],
  })) {
    test(`is checked ${environment}`, () => {
      const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'esnext'];
      const module = flags.includes('--module') ? [] : ['--module', 'nodenext'];
      const compiler = join(root, 'node_modules/.bin/tsc');
      assert.equal(run(compiler, [...strict, ...module, ...flags, file], directory), '');
    });
  }
});

for (const [version, path] of Object.entries(nodes)) {
  describe(`on Node ${version}`, () => {
    test('the program of the guide runs as it stands', async () => {
      const port = String(await freePort());
      const own = temporaryFolder();
      const file = join(directory, 'guide.js');
      const program = documentedProgram().replace('port: 3000', `port: ${port}`);
      writeFileSync(file, program.replace("'./data'", JSON.stringify(join(own, 'data'))));
      assert.equal(run('node', ['-p', 'process.versions.node'], directory, path).trim(), version);
      assert.match(run('node', [file], directory, path), /^200 \{ data: \[\], page: .* \}\n$/s);
    });

    test('npx plinth serves a folder of collections, one of them in TypeScript', async () => {
      writeFileSync(
        join(directory, 'collections/tags.ts'),
        `import { defineCollection } from 'plinth';
         export default defineCollection({ name: 'tags', properties: { word: { type: 'string' } }, rules: { list: 'true' } });`,
      );
      const serving = await servePlinth({
        command: ['npx', '--no-install', 'plinth'],
        directory,
        environment: {
          PATH: `${path}:${process.env.PATH}`,
          DATA_DIR: join(temporaryFolder(), 'data'),
          COLLECTIONS_DIR: 'collections',
          LOG_FORMAT: 'json',
        },
        group: true,
      });
      const send = async (route: string, body?: object, token = '') => {
        const answer = await fetch(`${serving.url}${route}`, {
          ...(body && { method: 'POST', body: JSON.stringify(body) }),
          headers: {
            ...(body && { 'content-type': 'application/json' }),
            ...(token && { authorization: `Bearer ${token}` }),
          },
        });
        return { status: answer.status, text: await answer.text() };
      };
      const registered = await send('/auth/register', {
        email: 'ann@example.org',
        password: 'correct horse',
      });
      const { accessToken } = JSON.parse(registered.text) as { accessToken: string };
      assert.equal((await send('/v1/tasks', { title: 'Pack' }, accessToken)).status, 201);
      assert.match((await send('/v1/tasks', undefined, accessToken)).text, /"title":"Pack"/);
      assert.equal((await send('/v1/tags')).status, 200);
      const page = await send('/docs');
      const [viewer] = /\/docs\/viewer-\w+\.js/.exec(page.text) ?? ['there is no viewer'];
      assert.ok((await send(viewer)).text.length > 1_000_000);
      assert.match((await send('/openapi.json')).text, /"\/v1\/tags"/);
      process.kill(-(serving.child.pid as number), 'SIGTERM');
      assert.match((await serving.ended).stdout, /"message":"stopped"/);
    });
  });
}
