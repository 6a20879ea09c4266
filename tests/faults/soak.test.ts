import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eachDatabase } from '../support/databases.ts';
import { root, servePlinth } from '../support/plinth/process.ts';
import { createHostileLoad } from './hostile-load.ts';

/** Ten minutes with `npm run test:soak`. */
const seconds = Number(process.env.SOAK_SECONDS ?? 30);
const warmUpSeconds = Math.max(20, seconds / 5);
/** More than the counts of rate limits that are remembered. */
const addresses = 110_000;
/** In percent. The short form begins to measure before everything has been used once; a leak shows all the same. */
const growthMax = seconds < 300 ? 25 : 10;
/** Memory is given back some time after the last request; a reader thread of SQLite ends after 30 s without work. */
const idleSeconds = 40;

eachDatabase((kind) => {
  test(`memory is back within ${growthMax} % after ${seconds} s of hostile load`, async (t) => {
    const server = await servePlinth({
      command: [process.execPath, join(root, 'bin', 'plinth.js')],
      environment: {
        COLLECTIONS_DIR: join(import.meta.dirname, 'collections'),
        LOG_FORMAT: 'json',
        TRUSTED_PROXIES: '127.0.0.1',
        RATE_LIMIT: 'on',
        RATE_LIMIT_ANONYMOUS: '100000/1m',
        RATE_LIMIT_AUTH: '100000/1m',
        ...(kind.name === 'postgres' && { DATABASE_URL: await kind.createUrl() }),
      },
    });
    const pid = server.child.pid as number;
    // There is a log line for each request.
    server.child.stdout?.removeAllListeners('data').resume();
    const statuses: Record<string, number> = {};
    const load = createHostileLoad(Number(new URL(server.url).port), statuses);
    await load.comeFrom(addresses);
    await load.attack(warmUpSeconds);
    const before = await idleMegabytes(pid);
    for (const status of Object.keys(statuses)) delete statuses[status];
    await load.attack(seconds);
    const atTheEnd = residentMegabytes(pid);
    const after = await idleMegabytes(pid);
    load.end();
    t.diagnostic(
      `${before} MB before, ${atTheEnd} MB at the end, ${after} MB after: ${JSON.stringify(statuses)}`,
    );
    assert.equal(statuses['500'], undefined);
    assert.ok((statuses['201'] ?? 0) > 0 && (statuses['400'] ?? 0) > 0);
    assert.ok(after <= before * (1 + growthMax / 100), `${before} MB became ${after} MB`);
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 200);
    await server.stop();
  });
});

/** The least that the process holds while nobody asks for anything. */
async function idleMegabytes(pid: number): Promise<number> {
  let least = Infinity;
  for (let second = 0; second < idleSeconds; second += 1) {
    await delay(1_000);
    least = Math.min(least, residentMegabytes(pid));
  }
  return least;
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
