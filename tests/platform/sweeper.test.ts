import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createSweeper } from '#platform/sweeper.ts';
import { createLogger } from '#platform/telemetry/logger.ts';

test('a sweep that fails logs its reason', async () => {
  const output = new PassThrough();
  const sweeper = createSweeper({
    name: 'expired sessions',
    sweep: () => Promise.reject(new Error('the disk is full')),
    log: createLogger({ level: 'info', format: 'json', output }),
  });
  sweeper.start();
  await sweeper.stop();
  const { level, error } = JSON.parse(String(output.read())) as {
    level: string;
    error?: { message: string };
  };
  assert.deepEqual([level, error?.message], ['warn', 'the disk is full']);
});
