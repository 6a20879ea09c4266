import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eachDatabase, type TestDatabase } from '../support/databases.ts';
import { load, type LoadOptions, type LoadResult } from '../support/load/load.ts';
import type { Request } from '../support/load/wire.ts';
import { temporaryFolder, type ServingPlinth } from '../support/plinth/process.ts';
import { processorSeconds } from '../support/plinth/processor-time.ts';
import { startPlinth } from './plinth.ts';

const seconds = 6;
/** Each measures the capacity anew: what else the machine does changes it. The median counts. */
const rounds = 3;
/** Of the answers that a second of the server's processor time is good for when nobody asks for more. */
const servedShareMin = 0.4;
/**
 * The queue before a request, counted in the answers that came while it waited: 250 ms of work at capacity, and a burst,
 * which is served however slow the machine is. Without load shedding all connections would stand in it.
 */
const queueSecondsMax = 0.25;
const burstMax = 1_000;
/** Balancers that ask for the health give up after some seconds. */
const healthMsMax = 5_000;

eachDatabase((kind) => {
  test('at twice its capacity a server keeps the queue before what it serves short, and answers the rest with 503', async (t) => {
    const server = await startServer(kind);
    const requests = await ordinaryRequests(server.url);
    const { port } = server;
    await load({ port, connections: 32, ratePerSecond: null, seconds: 3, requests });
    const found = [];
    const statuses = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const capacity = await measure(server, { connections: 256, ratePerSecond: null, seconds: 3, requests });
      const ratePerSecond = 2 * capacity.servedPerSecond;
      const queueMax = burstMax + queueSecondsMax * capacity.servedPerSecond;
      const connections = Math.ceil(1.5 * queueMax);
      const watch = watchHealth(server.url);
      const over = await measure(server, { connections, ratePerSecond, seconds, settleSeconds: 1, requests });
      const health = await watch.end();
      report(t, capacity, over, health);
      assert.deepEqual([over.wrong, over.resets], ['', 0]);
      for (const status of Object.keys(over.statuses)) statuses.add(status);
      assert.deepEqual([...new Set(health.statuses)], [200]);
      assert.ok(health.maxMs < healthMsMax, `health took ${health.maxMs} ms`);
      found.push({
        queue: over.p99Overtaken / queueMax,
        share: over.servedPerProcessorSecond / capacity.servedPerProcessorSecond,
      });
      await delay(1_000);
      const after = await load({ port, connections: 32, ratePerSecond: null, seconds: 1, requests });
      assert.equal(after.statuses['503'], undefined, 'a second later nobody is turned away');
    }
    assert.deepEqual([...statuses].toSorted(), ['200', '201', '503']);
    assert.ok(median(found.map(({ queue }) => queue)) < 1, JSON.stringify(found));
    assert.ok(median(found.map(({ share }) => share)) >= servedShareMin, JSON.stringify(found));
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function measure(server: ServingPlinth, options: Omit<LoadOptions, 'port'>) {
  const pid = server.child.pid as number;
  const before = processorSeconds(pid);
  const result = await load({ port: server.port, ...options });
  return { ...result, servedPerProcessorSecond: result.served / (processorSeconds(pid) - before) };
}

function report(t: TestContext, capacity: LoadResult, over: LoadResult, health: { maxMs: number }): void {
  const { servedPerSecond, p50Ms, p99Ms, p99Overtaken, statuses, sent, unsent } = over;
  t.diagnostic(
    `capacity ${capacity.servedPerSecond.toFixed(0)}/s; at twice that ${servedPerSecond.toFixed(0)}/s are served, ` +
      `p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms and ${p99Overtaken} answers, ${statuses['503'] ?? 0} turned away, ` +
      `${((100 * unsent) / (sent + unsent)).toFixed(0)} % found no connection, health at most ${health.maxMs.toFixed(0)} ms`,
  );
}

async function startServer(kind: TestDatabase) {
  const databaseUrl = kind.name === 'postgres' ? await kind.createUrl() : undefined;
  const server = await startPlinth({ folder: temporaryFolder(), databaseUrl });
  // There is a log line for each request; keeping them would take processor time from the server.
  server.child.stdout?.removeAllListeners('data').resume();
  return server;
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
