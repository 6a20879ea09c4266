import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { execute } from '../support/databases.ts';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server.ts';
import { Ledger } from './ledger.ts';
import { startPlinth, type FaultOptions } from './plinth.ts';
import type { ServingPlinth } from '../support/plinth/process.ts';

const rounds = 20;
const databaseRounds = 6;
const writers = 8;
const acknowledgementsMax = 150;
const resumeTimeoutMs = 20_000;

describe('acknowledged writes survive', () => {
  let folder: string;
  let postgres: PostgresServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plinth-ledger-'));
    postgres = await startPostgresServer({ durable: true });
    await execute(postgres.url, 'CREATE DATABASE killed');
    await execute(postgres.url, 'CREATE DATABASE lost');
  });
  after(async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlOf = (database: string) => postgres.url.replace(/\/postgres$/u, `/${database}`);

  test(`on SQLite, Plinth is killed in the middle of writes ${rounds} times`, async (t) => {
    t.diagnostic(await killPlinth({ folder: join(folder, 'sqlite') }));
  });

  test(`on PostgreSQL, Plinth is killed in the middle of writes ${rounds} times`, async (t) => {
    t.diagnostic(await killPlinth({ folder: join(folder, 'postgres'), databaseUrl: urlOf('killed') }));
  });

  test(`the database is killed in the middle of writes ${databaseRounds} times: 503 meanwhile, then work goes on`, async (t) => {
    const options = { folder: join(folder, 'lost'), databaseUrl: urlOf('lost') };
    const ledger = new Ledger();
    await withPlinth(options, async (plinth) => {
      const stop = new AbortController();
      const clients = Array.from({ length: writers }, async (_, writer) => {
        while (!stop.signal.aborted) {
          // A client that is told to come back later does not come back at once.
          if ((await ledger.write(plinth, writer)) === 'unavailable') await delay(20);
        }
      });
      const failed = Promise.all(clients).then(() => {
        throw new Error('the clients ended before they were told to');
      });
      failed.catch(() => undefined);
      try {
        for (let round = 0; round < databaseRounds; round++) {
          const signal = round % 2 === 0 ? 'SIGKILL' : 'SIGQUIT';
          await Promise.race([loseDatabase(plinth, ledger, signal), failed]);
        }
      } finally {
        stop.abort();
        await Promise.allSettled(clients);
      }
      await ledger.verify(plinth);
      assert.equal(plinth.child.exitCode, null, plinth.written.stderr);
    });
    t.diagnostic(JSON.stringify(ledger.counts));
  });

  async function loseDatabase(plinth: ServingPlinth, ledger: Ledger, signal: NodeJS.Signals): Promise<void> {
    const { acknowledged, unavailable } = { ...ledger.counts };
    await until('writes', () => ledger.counts.acknowledged > acknowledged + 50);
    const ended = new Promise((resolve) => postgres.process.once('exit', resolve));
    postgres.process.kill(signal);
    await ended;
    await until('answers 503', () => ledger.counts.unavailable > unavailable + writers);
    const reading = await plinth.request('GET', '/v1/entries');
    assert.equal(reading.status, 503);
    assert.equal(reading.body.code, 'unavailable');
    assert.equal((await plinth.request('GET', '/health/ready')).status, 503);
    assert.equal((await plinth.request('GET', '/health/live')).status, 200);
    await restart(postgres);
    const before = ledger.counts.acknowledged;
    await until('writes again', () => ledger.counts.acknowledged > before + 50);
    assert.equal((await plinth.request('GET', '/health/ready')).status, 200);
  }
});

/** Each round: start, look at everything, write from all sides, kill at some moment. */
async function killPlinth(options: FaultOptions): Promise<string> {
  const ledger = new Ledger();
  for (let round = 0; round < rounds; round++) {
    await withPlinth(options, async (plinth) => {
      await ledger.verify(plinth);
      await writeUntilKilled(plinth, ledger);
    });
  }
  await withPlinth(options, (plinth) => ledger.verify(plinth));
  assert.ok(ledger.counts.unanswered > rounds, 'the kills met requests in flight');
  assert.ok(ledger.counts.refused > rounds);
  assert.equal(ledger.counts.unavailable, 0);
  return JSON.stringify(ledger.counts);
}

async function writeUntilKilled(plinth: ServingPlinth, ledger: Ledger): Promise<void> {
  const killAt = ledger.counts.acknowledged + 1 + Math.floor(Math.random() * acknowledgementsMax);
  let killed: Promise<unknown> | undefined;
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      while (killed === undefined) {
        await ledger.write(plinth, writer).catch((error: unknown) => {
          if (killed === undefined || error instanceof assert.AssertionError) throw error;
        });
        if (ledger.counts.acknowledged >= killAt) killed ??= plinth.stop('SIGKILL');
      }
    }),
  );
}

async function withPlinth(
  options: FaultOptions,
  work: (plinth: ServingPlinth) => Promise<void>,
): Promise<void> {
  const plinth = await startPlinth(options);
  try {
    await work(plinth);
  } finally {
    await plinth.stop('SIGKILL');
  }
}

async function until(awaited: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + resumeTimeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within ${resumeTimeoutMs} ms: ${awaited}`);
    await delay(5);
  }
}

/** After SIGKILL the orphans of the dead server hold its memory for a moment; until they are gone it refuses to start. */
async function restart(postgres: PostgresServer): Promise<void> {
  const deadline = Date.now() + resumeTimeoutMs;
  for (;;) {
    try {
      await postgres.restart();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}
