import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { measureFiles, overBudget, slowest } from './support/file-times.ts';
import { startPostgresServer } from './support/postgres-server.ts';
import { ensureSystemPrograms } from './support/system-programs.ts';

/**
 * `npm test` runs everything but the long fault runs and the package as it is installed;
 * `npm test -- tests/api/records.test.ts` what is named. Starts one PostgreSQL server for the whole run. Prints the ten
 * slowest files, and last `N passed, N failed`.
 */
/** A file that takes longer fails the run, so that the whole of it stays under eight minutes on two cores. */
const fileBudgetSeconds = 120;
/** A file that takes longer is ended. The runs of many minutes, which are asked for by name, set it; it is their budget too. */
const fileTimeoutMs = Number(process.env.TEST_FILE_TIMEOUT_MS ?? 300_000);
const budgetSeconds =
  process.env.TEST_FILE_TIMEOUT_MS === undefined ? fileBudgetSeconds : fileTimeoutMs / 1_000;
const named = process.argv.slice(2);
const files =
  named.length > 0
    ? globSync(named)
    : globSync('tests/**/*.test.ts').filter((file) => !/^tests\/(faults|package)\//.test(file));

ensureSystemPrograms();
const postgres = await startPostgresServer();
process.env.TEST_POSTGRES_URL = postgres.url;
// The outcome must not depend on what the machine's own environment says of a Plinth.
for (const name of ['DATABASE_URL', 'AUTH_SECRET', 'PORT', 'HOST', 'NODE_ENV']) delete process.env[name];

const counts = { passed: 0, failed: 0 };
const failures: string[] = [];
// Faults are about time, too: each has the machine for itself.
const concurrency = files.every((file) => file.startsWith('tests/faults/')) ? 1 : 2;
const stream = run({ files: files.toSorted(), concurrency, timeout: fileTimeoutMs });
const times = measureFiles(stream, files);
stream.on('test:pass', (event) => {
  if (event.details.type !== 'suite') counts.passed += 1;
});
stream.on('test:fail', (event) => {
  if (event.details.type === 'suite') return;
  counts.failed += 1;
  failures.push(`${event.file ?? ''}: ${event.name}`);
});
stream.compose(new spec()).pipe(process.stdout);
await new Promise((resolve) => stream.once('end', resolve));
await postgres.stop();
if (files.length === 0) failures.push('no test file was found');
await new Promise((resolve) => setImmediate(resolve));
failures.push(...overBudget(times, budgetSeconds));
if (times.length > 1) console.log(['the slowest files:', ...slowest(times, 10)].join('\n'));
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;
