// Runs in a worker: see reader-thread.ts. One connection, one statement at a time, each read on one snapshot.
import { setPriority } from 'node:os';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { SqliteConnection } from '../sqlite-connection.ts';
import { StatementInterrupted } from './progress.ts';
import { processorMs, StatementTime } from './statement-time.ts';
import { sharedSlots, type FromReader, type ReaderData, type ToReader } from './reader-messages.ts';

/** The loop takes in as many characters of rows in a few milliseconds. */
const partLength = 256 * 1024;
const rowsPerLook = 8;
const niceness = 2;

const port = parentPort as MessagePort;
const { path, shared } = workerData as ReaderData;
const running = { number: 0, deadlineMs: Infinity, rows: 0 };
const statementTime = new StatementTime();
const connection = new SqliteConnection(path, { queryOnly: true, calls: 'always', check });
let parts = 0;

// The event loop comes first where there are fewer cores than threads. On Linux this is the priority of the thread.
if (process.platform === 'linux') setPriority(niceness);

function check(): void {
  if (shared[sharedSlots.cancelled] === running.number) throw new StatementInterrupted();
  if (++running.rows % rowsPerLook === 0) statementTime.check();
}

function send(message: FromReader): void {
  // eslint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows
  port.postMessage(message);
}

function run({
  number,
  sql,
  parameters,
  lengthMax = Infinity,
  timeoutMs,
  isAlone,
}: ToReader & { kind: 'run' }): void {
  const [beganMs, usedMs] = [performance.now(), processorMs()];
  Object.assign(running, { number, deadlineMs: beganMs + timeoutMs, rows: 0 });
  if (!isAlone && !connection.raw.inTransaction) connection.exec('BEGIN');
  const statement = connection.prepare(sql).raw(true);
  const columns = statement.columns().map(({ name }) => name);
  let [rows, length, sentLength]: [unknown[][], number, number] = [[], 0, 0];
  for (const row of statement.iterate(...parameters) as Iterable<unknown[]>) {
    rows.push(row);
    if (sentLength + length > lengthMax) break;
    for (const value of row) length += typeof value === 'string' ? value.length : 8;
    if (length < partLength) continue;
    send({ kind: 'rows', columns, rows, isPart: true, tookMs: 0 });
    awaitAcknowledgement();
    [rows, length, sentLength] = [[], 0, sentLength + length];
  }
  // The clock also goes while the processor is busy with other things, but not four times as fast.
  const tookMs = Math.max(processorMs() - usedMs, (performance.now() - beganMs) / 4);
  send({ kind: 'rows', columns, rows, isPart: false, tookMs });
}

function limited(message: ToReader & { kind: 'run' }): void {
  statementTime.limit(message.timeoutMs, () => run(message), { exact: !message.isShort });
}

/** The loop is given time between parts, for other requests. */
function awaitAcknowledgement(): void {
  Atomics.wait(shared, sharedSlots.acknowledged, parts++, running.deadlineMs - performance.now());
  check();
}

function fail(error: unknown): void {
  if (error instanceof StatementInterrupted) send({ kind: 'interrupted' });
  else {
    const { message, code } = error as Error & { code?: string };
    send({ kind: 'failed', message, code });
  }
}

port.on('message', (message: ToReader) => {
  try {
    if (message.kind === 'run') limited(message);
    else if (connection.raw.inTransaction) connection.exec('ROLLBACK');
  } catch (error) {
    fail(error);
  }
});
