import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createStore } from '#plinth';
import { loadSettings } from '#config/index.ts';
import type { ServerOptions } from '#http/server/create-server.ts';
import { systemClock } from '#platform/clock.ts';
import { createLogger } from '#platform/telemetry/logger.ts';
import { createBackend } from '../../src/plinth/backend.ts';
import { doorOptions } from '../../src/plinth/door.ts';
import { createGuards } from '../../src/plinth/guards.ts';

test('the HTTP door is handed neither the database nor a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-door-'));
  const settings = loadSettings({ directory: folder, environment: { DATA_DIR: folder } });
  const log = createLogger({ level: 'silent', format: 'json' });
  const backend = createBackend(createStore({ settings, log }));
  const guards = createGuards(settings, log);
  const options = doorOptions({ backend, guards, responseCache: undefined, clock: systemClock });

  assert.ok(!reaches(options, backend.database));
  assert.deepEqual(Object.keys(options.settings).toSorted(), [
    'bodyLimitBytes',
    'corsOrigins',
    'publicUrl',
    'requestTimeoutMs',
    'trustedProxies',
  ]);
  // @ts-expect-error The door's type has no place for a database.
  const withDatabase: ServerOptions = { ...options, database: backend.database };
  assert.ok(reaches(withDatabase, backend.database), 'the search would find it');

  await backend.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether `wanted` is `from`, or a property of something that is within its reach. */
function reaches(from: unknown, wanted: object, seen = new Set<unknown>()): boolean {
  if (from === wanted) return true;
  if (typeof from !== 'object' || from === null || seen.has(from)) return false;
  seen.add(from);
  return Object.values(from).some((value) => reaches(value, wanted, seen));
}
