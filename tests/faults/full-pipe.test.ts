import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { load } from '../support/load/load.ts';
import { servePlinth, temporaryFolder, type ServingPlinth } from '../support/plinth/process.ts';
import { faultEnvironment, installed } from './plinth.ts';

const shutdownTimeoutMs = 5_000;
const seconds = 8;

/** A server under load whose standard output nobody reads: lines of some hundred bytes, megabytes of them. */
async function loadUnread(t: TestContext): Promise<{ plinth: ServingPlinth; answered: number }> {
  const plinth = await servePlinth({
    command: installed,
    environment: {
      ...faultEnvironment({ folder: temporaryFolder() }),
      SHUTDOWN_TIMEOUT: `${shutdownTimeoutMs}ms`,
    },
  });
  plinth.child.stdout?.pause();
  const requests = [{ method: 'GET', target: '/health/live' }];
  const { statuses } = await load({
    port: plinth.port,
    connections: 64,
    ratePerSecond: null,
    seconds,
    requests,
  });
  const answered = statuses['200'] ?? 0;
  t.diagnostic(`${answered} answers`);
  return { plinth, answered };
}

test('when nobody reads the log, lines are dropped and counted, and the rest comes when it is read again', async (t) => {
  const { plinth, answered } = await loadUnread(t);
  plinth.child.stdout?.resume();
  const [, dropped = ''] = await plinth.says(/"dropped":(\d+),"message":"log lines were dropped/);
  const { code, stdout } = await plinth.stop();
  const kept = stdout.match(/"message":"request"/g)?.length ?? 0;
  t.diagnostic(`${kept} kept, ${dropped} dropped`);
  assert.equal(code, 0);
  // What was under way at the end of the load is not counted there.
  assert.ok(kept + Number(dropped) >= answered && kept + Number(dropped) <= answered + 64);
  assert.ok(stdout.length < 8_000_000, `${stdout.length} bytes were kept`);
});

test('SIGTERM ends the process within SHUTDOWN_TIMEOUT though nobody reads its log', async (t) => {
  const { plinth } = await loadUnread(t);
  const signalledAt = performance.now();
  plinth.child.kill('SIGTERM');
  const [code] = (await once(plinth.child, 'exit')) as [number | null];
  const tookMs = performance.now() - signalledAt;
  assert.equal(code, 0);
  assert.ok(tookMs < shutdownTimeoutMs + 1_000, `took ${tookMs} ms`);
  assert.match(plinth.written.stderr, /Nobody reads the log: [1-9]\d* lines were dropped/);
  plinth.child.stdout?.destroy();
});
