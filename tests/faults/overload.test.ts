import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eachDatabase, type TestDatabase } from '../support/databases.ts';
import { servePlinth } from '../support/plinth.ts';
import { load, type LoadOptions, type LoadResult } from './load.ts';

const seconds = 15;
const connections = 2_000;
/** Of what the server does when nobody asks for more, with the load's own share of the two cores in it. */
const servedShareMin = 0.4;
/** The machine may be busy with other things; a server that does not hold fails every time. */
const attemptsMax = 3;

type Request = LoadOptions['requests'][number];

eachDatabase((kind) => {
  test('at twice its capacity a server answers what it serves within 250 ms, and the rest with 503', async (t) => {
    const server = await startServer(kind);
    const requests = await ordinaryRequests(server.url);
    const { port } = server;
    await load({ port, connections: 32, ratePerSecond: null, seconds: 3, requests });
    const found = { p99Ms: Infinity, share: 0 };
    for (let attempt = 0; attempt < attemptsMax && !isGood(found); attempt += 1) {
      const capacity = await load({ port, connections: 256, ratePerSecond: null, seconds: 3, requests });
      const ratePerSecond = 2 * capacity.servedPerSecond;
      const watch = watchHealth(server.url);
      const over = await load({ port, connections, ratePerSecond, seconds, settleSeconds: 1, requests });
      const health = await watch.end();
      tell(t, capacity, over, health);
      assert.deepEqual([over.wrong, over.resets], ['', 0]);
      assert.deepEqual(Object.keys(over.statuses), ['200', '201', '503']);
      assert.deepEqual([...new Set(health.statuses)], [200]);
      assert.ok(health.maxMs < 1_500, `health took ${health.maxMs} ms`);
      Object.assign(found, { p99Ms: over.p99Ms, share: over.servedPerSecond / capacity.servedPerSecond });
      await delay(1_000);
      const after = await load({ port, connections: 32, ratePerSecond: null, seconds: 1, requests });
      assert.equal(after.statuses['503'], undefined, 'a second later nobody is turned away');
    }
    assert.ok(isGood(found), JSON.stringify(found));
    await server.stop();
  });

  test('clients that wait for their answers are not turned away, whatever they ask for', async () => {
    const server = await startServer(kind);
    const batch = {
      method: 'POST',
      target: '/batch',
      body: { operations: Array.from({ length: 100 }, createOperation) },
    };
    for (const requests of [[batch], await ordinaryRequests(server.url)]) {
      const options = { port: server.port, connections: 32, ratePerSecond: null, seconds: 4, requests };
      const { statuses, wrong } = await load(options);
      assert.deepEqual([statuses['503'], wrong], [undefined, '']);
    }
    await server.stop();
  });
});

function isGood({ p99Ms, share }: { p99Ms: number; share: number }): boolean {
  return p99Ms < 250 && share >= servedShareMin;
}

function tell(t: TestContext, capacity: LoadResult, over: LoadResult, health: { maxMs: number }): void {
  const { servedPerSecond, p50Ms, p99Ms, statuses, sent, unsent } = over;
  t.diagnostic(
    `capacity ${capacity.servedPerSecond.toFixed(0)}/s; at twice that ${servedPerSecond.toFixed(0)}/s are served, ` +
      `p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, ${statuses['503'] ?? 0} turned away, ` +
      `${((100 * unsent) / (sent + unsent)).toFixed(0)} % found no connection, health at most ${health.maxMs.toFixed(0)} ms`,
  );
}

async function startServer(kind: TestDatabase) {
  const server = await servePlinth({
    environment: {
      COLLECTIONS_DIR: join(import.meta.dirname, 'collections'),
      LOG_FORMAT: 'json',
      ...(kind.name === 'postgres' && { DATABASE_URL: await kind.createUrl() }),
    },
  });
  // There is a log line for each request; keeping them would take processor time from the server.
  server.child.stdout?.removeAllListeners('data').resume();
  return { ...server, port: Number(new URL(server.url).port) };
}

function createOperation(_: unknown, sequence: number) {
  return { method: 'POST', path: '/v1/entries', body: { writer: 1, sequence, text: 'some words' } };
}

/** Of ten: five lists of 20 with a filter, three reads of one record, a create and an update. */
async function ordinaryRequests(url: string): Promise<readonly Request[]> {
  const operations = Array.from({ length: 100 }, (_, index) => createOperation(_, index));
  const answer = await fetch(`${url}/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operations }),
  });
  assert.equal(answer.status, 200);
  const found = (await (await fetch(`${url}/v1/entries?limit=1`)).json()) as { data: { id: string }[] };
  const one = `/v1/entries/${found.data[0]?.id}`;
  const list = {
    method: 'GET',
    target: `/v1/entries?limit=20&filter=${encodeURIComponent('record.writer == 1')}`,
  };
  const read = { method: 'GET', target: one };
  const create = { method: 'POST', target: '/v1/entries', body: { writer: 1, sequence: 1, text: 'more' } };
  const update = { method: 'PATCH', target: one, body: { sequence: 7 } };
  return [list, read, list, create, list, read, list, update, list, read];
}

/** Asks both pages of health all the while, over connections of its own. */
function watchHealth(url: string) {
  const statuses: number[] = [];
  let maxMs = 0;
  const ending = new AbortController();
  const asking = (async () => {
    while (!ending.signal.aborted) {
      for (const path of ['/health/live', '/health/ready']) {
        const askedAt = performance.now();
        const answer = await fetch(`${url}${path}`);
        await answer.arrayBuffer();
        statuses.push(answer.status);
        maxMs = Math.max(maxMs, performance.now() - askedAt);
      }
      await delay(100);
    }
  })();
  return {
    async end() {
      ending.abort();
      await asking;
      return { statuses, maxMs };
    },
  };
}
