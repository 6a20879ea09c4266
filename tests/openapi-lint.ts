import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from './support/plinth/app.ts';

/** `npm run lint:openapi`: the document that a running service answers with, under a public linter. */
const app = await startApp();
const folder = mkdtempSync(join(tmpdir(), 'plinth-openapi-'));
try {
  const file = join(folder, 'openapi.json');
  writeFileSync(file, (await app.inject({ url: '/openapi.json' })).body);
  const linted = spawnSync('redocly', ['lint', file, '--config', 'redocly.yaml'], {
    stdio: 'inherit',
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  process.exitCode = linted.status ?? 1;
} finally {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
}
