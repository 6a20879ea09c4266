import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { plinth, root, servePlinth, temporaryFolder } from '../support/plinth/process.ts';

/** The commands of an example's README, one a line, block by block. */
function blocksOf(example: string): string[][] {
  const readme = readFileSync(join(root, 'examples', example, 'README.md'), 'utf8');
  return [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) =>
    (block as string).trim().split('\n'),
  );
}

/** Runs the README of an example word for word, but for the folder of its data and the port; what the queries answer. */
async function follow(example: string): Promise<{ imports: string; answers: Answer[] }> {
  const [setUp, queries] = blocksOf(example) as [string[], string[]];
  assert.equal(setUp.at(-1), 'npx plinth serve');
  const data = join(temporaryFolder(), 'data');
  const inShell = (lines: readonly string[], text: (line: string) => string) =>
    plinth(['-e', '-c', lines.map(text).join('\necho\n')], { command: ['sh'], directory: root });
  const imported = await inShell(setUp.slice(0, -1), (line) =>
    line.replace(`DATA_DIR=data/${example}`, `DATA_DIR=${data}`),
  );
  assert.ok(imported.code === 0, imported.stderr);
  const environment = { DATA_DIR: data, COLLECTIONS_DIR: join(root, 'examples', example, 'collections') };
  const serving = await servePlinth({ environment });
  const asked = await inShell(queries, (line) => line.replace('http://127.0.0.1:3000', serving.url));
  await serving.stop();
  assert.deepEqual([asked.code, asked.stderr], [0, '']);
  const answers = asked.stdout.split('\n').map((line) => JSON.parse(line) as Answer);
  return { imports: imported.stdout + imported.stderr, answers };
}

describe('the READMEs of the examples', () => {
  test('work for movies', async () => {
    const { imports, answers } = await follow('movies');
    assert.match(imports, /movies: 3,201 rows: 3,1\d\d created, .* not valid\./);
    assert.match(imports, /line \d+: \/title: must be string \(type\)/);
    const [westerns, found] = answers;
    assert.ok(westerns?.data.some(({ title }) => title === 'The Wild Bunch'));
    assert.ok((found?.total ?? 0) > 3 && found?.data.every((film) => Object.keys(film).length === 3));
  });

  test('work for airports', async () => {
    const { imports, answers } = await follow('airports');
    assert.match(imports, /airports: 3,376 rows: 3,376 created/);
    assert.match(imports, /routes: 5,366 rows: 5,366 created/);
    const [north, fromChicago] = answers;
    assert.equal(north?.data[0]?.iata, 'BRW');
    assert.equal(fromChicago?.data.length, 5);
    assert.ok(
      fromChicago?.data.every(
        ({ destination }) => typeof (destination as { iata?: string }).iata === 'string',
      ),
    );
  });
});

interface Answer {
  readonly data: readonly Record<string, unknown>[];
  readonly total?: number;
}
