import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import type { Log } from '#platform/telemetry/log.ts';
import { createLogger } from '#platform/telemetry/logger.ts';

function logged(format: 'pretty' | 'json', work: (log: Log) => void): string {
  const output = new PassThrough();
  work(createLogger({ level: 'info', format, output }));
  return String(output.read() ?? '');
}

describe('the log', () => {
  test('is one JSON object a line, with the time, the level by name, the fields and the message', () => {
    const line = logged('json', (log) => log.info({ requestId: 'r1', durationMs: 3 }, 'answered'));
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(rest, { level: 'info', requestId: 'r1', durationMs: 3, message: 'answered' });
    assert.ok(line.endsWith('}\n'));
  });

  test('keeps an error with its stack and cause', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    const line = logged('json', (log) => log.error({ error }, 'failed'));
    assert.match(line, /"error":\{[^}]*outer/);
    assert.match(line, /inner/);
  });

  test('takes an error under one name only: under any other it does not compile', () => {
    const failure: unknown = new Error('lost');
    // @ts-expect-error JSON would write the error as {}.
    const line = logged('json', (log) => log.warn({ err: failure }, 'failed'));
    assert.match(line, /"err":\{\}/);
  });

  test('leaves out what is below its level', () => {
    assert.equal(
      logged('json', (log) => log.debug({}, 'detail')),
      '',
    );
  });

  test('is drawn for people without control characters of others', () => {
    const line = logged('pretty', (log) => log.warn({ route: '/v1/tasks', name: 'a\u001b[31m b' }, 'slow'));
    assert.match(line, /^\d\d:\d\d:\d\d warn {2}slow route=\/v1\/tasks name="a\\u001b\[31m b"\n$/);
  });

  test('loses no line when the process ends', () => {
    const logger = join(import.meta.dirname, '../../src/platform/telemetry/logger.ts');
    const program = `
      import { createLogger } from ${JSON.stringify(logger)};
      const log = createLogger({ level: 'info', format: 'json' });
      for (let i = 0; i < 2000; i++) log.info({ i }, 'line');
      process.exit(0);`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      cwd: join(import.meta.dirname, '../..'),
    });
    assert.equal(stdout.trimEnd().split('\n').length, 2000);
  });
});
