import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startPlinth } from './plinth.ts';
import type { ServingPlinth } from '../support/plinth/process.ts';

const loneWrites = 20;
const parallelWriters = 32;
const writesEach = 50;
const syncsPerWriteMax = 0.3;
const traceTimeoutMs = 30_000;

/** What the tracer saw, in order: data forced to disk, and answers to writes handed to the network. */
type Event = 'sync' | 'acknowledged';

test('SQLite syncs before it answers a lone write, and once for many writes that come together', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-syncs-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const trace = join(folder, 'trace');
  // -D: the server stays our child, and the tracer ends with it.
  const traced = ['-e', 'trace=fsync,fdatasync,write,writev,sendto,sendmsg', '-s', '24'];
  const prefix = ['strace', '-D', '-f', '-qq', ...traced, '-o', trace];
  const plinth = await startPlinth({ folder: join(folder, 'data'), prefix });
  try {
    for (let sequence = 0; sequence < loneWrites; sequence++) await create(plinth, 0, sequence);
    await Promise.all(
      Array.from({ length: parallelWriters }, async (_, writer) => {
        for (let sequence = 0; sequence < writesEach; sequence++) await create(plinth, writer, sequence);
      }),
    );
  } finally {
    await plinth.stop('SIGKILL');
  }
  const events = await eventsIn(trace, loneWrites + parallelWriters * writesEach);

  const acknowledgedAt = events.flatMap((event, index) => (event === 'acknowledged' ? [index] : []));
  for (let write = 1; write < loneWrites; write++) {
    const since = events.slice((acknowledgedAt[write - 1] as number) + 1, acknowledgedAt[write]);
    assert.ok(since.includes('sync'), `lone write ${write} was answered without a sync`);
  }
  const together = events.slice((acknowledgedAt[loneWrites - 1] as number) + 1);
  const syncs = together.filter((event) => event === 'sync').length;
  const syncsPerWrite = syncs / (parallelWriters * writesEach);
  t.diagnostic(`${syncsPerWrite.toFixed(3)} syncs an acknowledged write with ${parallelWriters} writers`);
  assert.ok(syncs > 0);
  assert.ok(syncsPerWrite < syncsPerWriteMax, `${syncsPerWrite} syncs a write`);
});

async function create(plinth: ServingPlinth, writer: number, sequence: number): Promise<void> {
  const answer = await plinth.request('POST', '/v1/entries', { writer, sequence, text: 'x'.repeat(100) });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
}

/** Reads the trace; the tracer may still be writing it when the traced process is gone. */
async function eventsIn(file: string, acknowledgements: number): Promise<Event[]> {
  const deadline = Date.now() + traceTimeoutMs;
  for (;;) {
    const events = readFileSync(file, 'utf8').split('\n').flatMap(eventsOf);
    const seen = events.filter((event) => event === 'acknowledged').length;
    if (seen === acknowledgements) return events;
    assert.ok(Date.now() < deadline, `${seen} of ${acknowledgements} answers in the trace`);
    await delay(50);
  }
}

function eventsOf(line: string): Event[] {
  if (/\b(fsync|fdatasync)\(/u.test(line)) return ['sync'];
  return line.includes('HTTP/1.1 201 ') ? ['acknowledged'] : [];
}
