import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import type { ImportReport } from '#services/transfer/index.ts';
import { createCli, type Cli } from './cli.ts';

describe('plinth import and plinth export', () => {
  let cli: Cli;
  beforeEach(async () => {
    cli = createCli();
    const iata = { type: 'string', minLength: 3, maxLength: 4, unique: true };
    cli.define({ name: 'airports', properties: { iata, name: { type: 'string' } }, required: ['iata'] });
    assert.equal((await cli('apply')).code, 0);
  });

  test('tell bad rows by line, pointer and reason, and import nothing', async () => {
    const file = cli.write('airports.csv', 'IATA,name\nORD,Chicago\nX,Short\n');
    const { code, stdout, stderr } = await cli('import', 'airports', file);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^line 3: \/iata: must NOT have fewer than 3 characters \(minLength\)$/m);
    assert.match(stderr, /^airports: 2 rows: 1 created, .* 1 not valid\. Nothing was imported\./m);
    const report = (await cli.json('import', 'airports', file)) as ImportReport;
    assert.equal(report.committed, false);
    assert.deepEqual(report.errors.map(({ line, pointer, code: reason }) => [line, pointer, reason]), [[3, '/iata', 'minLength']]); // prettier-ignore
  });

  test('import the good rows, again without change, and say so', async () => {
    const file = cli.write('airports.csv', 'IATA,name\nORD,Chicago\nX,Short\n');
    const first = await cli('import', 'airports', file, '--skip-invalid');
    assert.equal(first.code, 0);
    assert.equal(first.stdout, 'airports: 2 rows: 1 created, 0 updated, 0 unchanged, 1 not valid.\n');
    const options = ['--skip-invalid', '--on-conflict', 'update', '--key', 'iata'];
    const again = await cli('import', 'airports', file, ...options);
    assert.match(again.stdout, /0 created, 0 updated, 1 unchanged, 1 not valid/);
    const dry = await cli('import', 'airports', cli.write('more.ndjson', '{"iata":"MDW"}\n'), '--dry-run');
    assert.match(dry.stdout, /1 created.*Nothing was kept: this was a dry run\./);
    assert.equal((await cli('export', 'airports')).stdout.trim().split('\n').length, 1);
  });

  test('read standard input, map columns, and go round', async () => {
    const input = { stdin: 'code,label,note\nORD,"Chicago, O\'Hare",x\nMDW,,y\n' };
    const options = ['--format', 'csv', '--map', 'code=iata', '--map', 'label=name', '--map', 'note='];
    const read = await cli.with(input, 'import', 'airports', '-', ...options);
    assert.equal(read.code, 0, read.stderr);
    for (const name of ['out.csv', 'out.ndjson', 'out.json']) {
      const file = join(cli.directory, name);
      assert.deepEqual(await cli('export', 'airports', file), { code: 0, stdout: '', stderr: '' });
      const again = await cli('import', 'airports', file, '--on-conflict', 'update');
      assert.match(again.stdout, /0 created, 0 updated, 2 unchanged\./, again.stderr);
    }
    assert.match(readFileSync(join(cli.directory, 'out.csv'), 'utf8'), /,ORD,"Chicago, O'Hare"\r\n/);
    assert.match(
      (await cli('export', 'airports', '--format', 'csv')).stdout,
      /^id,createdAt,updatedAt,version,iata,name\r\n/,
    );
  });

  test('write and read what is for nobody else', async () => {
    const file = join(cli.directory, 'out.csv');
    assert.equal((await cli('export', 'airports', file)).code, 0);
    const data = readdirSync(join(cli.directory, 'data')).map((name) => join('data', name));
    for (const name of ['out.csv', ...data]) {
      assert.equal(statSync(join(cli.directory, name)).mode & 0o777, 0o600, name);
    }
    assert.ok(data.includes(join('data', 'plinth.db')));
    assert.equal(statSync(join(cli.directory, 'data')).mode & 0o777, 0o700);
  });

  test('go through a pipe, which stays one', async () => {
    const pipe = join(cli.directory, 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    createWriteStream(pipe).end('iata,name\nORD,Chicago\n');
    assert.match((await cli('import', 'airports', pipe)).stdout, /1 created/);
    const [read] = await Promise.all([readFile(pipe, 'utf8'), cli('export', 'airports', pipe)]);
    assert.match(read, /,ORD,Chicago\r\n/);
    assert.ok(statSync(pipe).isFIFO());
  });

  test('refuse what is not there, and leave no half file', async () => {
    const missing = await cli('import', 'airports', join(cli.directory, 'none.csv'));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /none\.csv is not there\. Check its name\./);
    const unknown = await cli('export', 'airport', join(cli.directory, 'out.csv'));
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /Did you mean airports\?/);
    assert.equal(existsSync(join(cli.directory, 'out.csv')), false);
    assert.deepEqual(readdirSync(cli.directory).filter((name) => name.endsWith('.part')), []); // prettier-ignore
  });

  test('show a bar on a terminal only', async () => {
    const rows = Array.from({ length: 3 }, (_, index) => `AA${index},x`).join('\n');
    const file = cli.write('airports.csv', `iata,name\n${rows}\n`);
    const { code, stderr } = await cli.with({ terminal: true }, 'import', 'airports', file);
    assert.equal(code, 0);
    assert.match(stderr, /█+.* 100 % {2}3 rows/);
    assert.ok(stderr.endsWith('\r\u001b[K'), 'the bar is removed in the end');
    assert.equal(
      (await cli('import', 'airports', file, '--on-conflict', 'skip', '--key', 'iata')).stderr,
      '',
    );
  });

  test('list fifty errors, and all of them with --json', async () => {
    const file = cli.write('airports.csv', `iata\n${'x\n'.repeat(60)}`);
    const { stderr } = await cli('import', 'airports', file);
    assert.equal(stderr.match(/^line \d+/gm)?.length, 50);
    assert.match(stderr, /… and 10 more errors; --json lists all/);
    assert.equal(((await cli.json('import', 'airports', file)) as ImportReport).errors.length, 60);
  });

  test('name the file that was asked for when it cannot be written', async () => {
    const file = join(cli.directory, 'missing', 'airports.csv');
    const { code, stderr } = await cli('export', 'airports', file);
    assert.equal(code, 1);
    assert.equal(stderr, `${file} is not there. Check its name.\n`);
    const above = await cli('export', 'airports', join(cli.write('file', ''), 'airports.csv'));
    assert.match(above.stderr, /\/file is not a folder\. Choose another place\./);
    assert.doesNotMatch(above.stderr, /\.part|DATA_DIR/);
  });

  test('leave nothing of standard input behind when the database cannot be opened', async (t) => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = cli.directory;
    t.after(() => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    });
    cli.write('collections/airports.json', '{"name":"airports"}');
    const { code } = await cli.with({ stdin: 'iata\nORD\n' }, 'import', 'airports', '-', '--format', 'csv');
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(cli.directory).filter((name) => name.startsWith('plinth-import-')), []); // prettier-ignore
  });
});
