import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eachDatabase } from '../support/databases.ts';
import { servePlinth, temporaryFolder, type ServingPlinth } from '../support/plinth/process.ts';
import { RawConnection } from '../support/raw-http.ts';
import { faultEnvironment, installed } from './plinth.ts';

const records = 240;
const recordsOfBatch = 40;
const textLength = 20_000;
const target = '/v1/pages?limit=200';
const pipelined = 12;
/** A page ends at 4 MB; beside it, once as JSON and once as bytes, there is what a garbage collection has not looked at. */
const unreadMbMax = 40;
const backMax = 1.1;
const backWithinMs = 20_000;

eachDatabase((kind) => {
  for (const method of ['GET', 'HEAD'] as const) {
    test(`${pipelined} pipelined lists (${method}) that nobody reads are carried out one by one, and memory comes back`, async (t) => {
      const plinth = await serveLargePages(kind.name === 'postgres' ? await kind.createUrl() : undefined);
      await fill(plinth);
      for (let asked = 0; asked < 3 * pipelined; asked++) await plinth.request('GET', target);
      const before = residentMb(plinth);
      const client = await RawConnection.open(plinth.port);
      client.socket.pause();
      client.send(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(pipelined));
      const during: number[] = [];
      for (let asked = 0; asked < 200; asked++) {
        await plinth.request('GET', '/health/ready');
        during.push(residentMb(plinth));
      }
      client.destroy();
      const after = await comesBack(plinth, before * backMax);
      t.diagnostic(
        `${before.toFixed(0)} MB before, up to ${Math.max(...during).toFixed(0)}, ${after.toFixed(0)} after`,
      );
      assert.ok(Math.max(...during) - before < unreadMbMax);
      assert.ok(after <= before * backMax, `${after} MB of ${before}`);
      await plinth.stop();
    });
  }
});

const definition = {
  name: 'pages',
  properties: { number: { type: 'integer' }, text: { type: 'string', maxLength: textLength } },
  rules: { list: 'true', create: 'true' },
};

function serveLargePages(databaseUrl: string | undefined): Promise<ServingPlinth> {
  const folder = temporaryFolder();
  const collections = join(folder, 'collections');
  mkdirSync(collections);
  writeFileSync(join(collections, 'pages.json'), JSON.stringify(definition));
  return servePlinth({
    command: installed,
    environment: { ...faultEnvironment({ folder, databaseUrl }), COLLECTIONS_DIR: collections },
  });
}

async function fill(plinth: ServingPlinth): Promise<void> {
  const text = 'x'.repeat(textLength);
  for (let first = 0; first < records; first += recordsOfBatch) {
    const operations = Array.from({ length: recordsOfBatch }, (_, index) => ({
      method: 'POST',
      path: '/v1/pages',
      body: { number: first + index, text },
    }));
    const { status, body } = await plinth.request('POST', '/batch', { operations });
    assert.equal(status, 200, JSON.stringify(body));
  }
}

/** Goes on asking a little, as others do, until the memory is back or the time is over. */
async function comesBack(plinth: ServingPlinth, mb: number): Promise<number> {
  const endsAtMs = performance.now() + backWithinMs;
  while (residentMb(plinth) > mb && performance.now() < endsAtMs) {
    await plinth.request('GET', target);
  }
  return residentMb(plinth);
}

function residentMb({ child }: ServingPlinth): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
}
