import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryFolder } from '../support/plinth/process.ts';
import { RawConnection } from '../support/raw-http.ts';
import { startPlinth } from './plinth.ts';

const rounds = 4;
const clients = 160;
/** How long a client thinks before it asks again, at most. */
const thinkMs = 900;
const shutdownTimeoutMs = 25_000;
const get = 'GET /v1/entries?limit=1 HTTP/1.1\r\nHost: localhost\r\n\r\n';

test('at SIGTERM every request on an open connection is answered until its client is told to close', async (t) => {
  for (let round = 0; round < rounds; round++) {
    const plinth = await startPlinth({ folder: temporaryFolder() });
    const connections = await Promise.all(
      Array.from({ length: clients }, () => RawConnection.open(plinth.port)),
    );
    const asking = connections.map((connection) => askUntilTold(connection));
    await delay(thinkMs / 2);
    const signalledAt = performance.now();
    plinth.child.kill('SIGTERM');
    const found = await Promise.all(asking);
    const { code } = await plinth.ended;
    const tookMs = performance.now() - signalledAt;
    const unanswered = found.filter((outcome) => outcome !== 'told');
    t.diagnostic(
      `round ${round}: ${unanswered.length} without an answer, ended after ${tookMs.toFixed(0)} ms`,
    );
    assert.deepEqual(unanswered, []);
    assert.equal(code, 0);
    assert.ok(tookMs < shutdownTimeoutMs, `took ${tookMs} ms`);
  }
});

/** Asks again and again. Resolves with `told` once the server has said that it closes the connection. */
async function askUntilTold(connection: RawConnection): Promise<string> {
  try {
    for (;;) {
      const answer = await connection.send(get).answer();
      if (answer.statusCode !== 200) return `status ${answer.statusCode}`;
      if (answer.headers.connection === 'close') return 'told';
      await delay(Math.random() * thinkMs);
    }
  } catch (error) {
    return (error as Error).message;
  } finally {
    connection.destroy();
  }
}
