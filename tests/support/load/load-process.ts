import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import type { LoadOptions, LoadResult } from './load.ts';
import { endOfResponse, headOf, messageOf } from './wire.ts';

/**
 * The generator of load.ts, in a process of its own: what measures must not wait behind what the test does. Raw
 * sockets, one request at a time on each, requests drawn before: on two cores whatever it uses is taken from the server.
 */
const options = JSON.parse(process.argv[2] as string) as LoadOptions;
const head = headOf({});
const messages = options.requests.map((request) => Buffer.from(messageOf(request, head)));
const served = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
const overtaken = createHistogram({ lowest: 1, highest: 1_000_000, figures: 3 });
const statuses: Record<string, number> = {};
const ready: Connection[] = [];
let sent = 0;
let unsent = 0;
let resets = 0;
let wrong = '';
let isOver = false;
let servedCount = 0;
let settledAt = 0;
/**
 * Sleeps instead of waiting for answers: being woken for each of them would cost the server more than answering does.
 * Latencies are measured that much too long.
 */
const pauseMs = 3;
const pause = new Int32Array(new SharedArrayBuffer(4));

interface Connection {
  readonly socket: Socket;
  received: string;
  sentAt: number;
  /** Of all connections, when it was sent. */
  servedBefore: number;
}

function send(connection: Connection): void {
  connection.sentAt = performance.now();
  connection.servedBefore = servedCount;
  connection.socket.write(messages[sent % messages.length] as Buffer);
  sent += 1;
}

async function open(): Promise<void> {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  const connection: Connection = { socket, received: '', sentAt: 0, servedBefore: 0 };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    connection.received = connection.received === '' ? chunk : connection.received + chunk;
    if (endOfResponse(connection.received) === undefined) return;
    note(connection);
    connection.received = '';
    if (isOver) return;
    if (options.ratePerSecond === null) send(connection);
    else ready.push(connection);
  });
  const fail = () => {
    if (!isOver) resets += 1;
  };
  socket.on('error', fail).on('end', fail);
  await new Promise((resolve) => socket.once('connect', resolve));
  ready.push(connection);
}

function note({ received, sentAt, servedBefore }: Connection): void {
  const status = received.slice(9, 12);
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (status.startsWith('2')) {
    if (sentAt >= settledAt) {
      served.record(Math.max(1, Math.round((performance.now() - sentAt) * 1_000)));
      overtaken.record(Math.max(1, servedCount - servedBefore));
    }
    servedCount += 1;
  } else if (!/\r\nretry-after: [1-9]/i.test(received.slice(0, received.indexOf('\r\n\r\n')))) {
    wrong = received;
  }
}

/** Sends what is due by the clock, whether or not what was sent before has been answered. */
function sendDue(ratePerSecond: number, startedAt: number): void {
  const due = Math.floor(((performance.now() - startedAt) / 1_000) * ratePerSecond);
  for (let missing = due - sent - unsent; missing > 0; missing -= 1) {
    const connection = ready.shift();
    if (connection === undefined) unsent += 1;
    else send(connection);
  }
}

await Promise.all(Array.from({ length: options.connections }, open));
const startedAt = performance.now();
settledAt = startedAt + (options.settleSeconds ?? 0) * 1_000;
const { ratePerSecond } = options;
if (ratePerSecond === null) for (const connection of ready.splice(0)) send(connection);
while (performance.now() - startedAt < options.seconds * 1_000) {
  if (ratePerSecond !== null) sendDue(ratePerSecond, startedAt);
  Atomics.wait(pause, 0, 0, pauseMs);
  await new Promise((resolve) => setImmediate(resolve));
}
isOver = true;
const seconds = (performance.now() - startedAt) / 1_000;
const ms = (percentile: number) => served.percentile(percentile) / 1_000;
const result: LoadResult = {
  served: servedCount,
  servedPerSecond: servedCount / seconds,
  p50Ms: ms(50),
  p99Ms: ms(99),
  maxMs: served.max / 1_000,
  p99Overtaken: overtaken.percentile(99),
  sent,
  unsent,
  statuses,
  resets,
  wrong,
};
process.stdout.write(JSON.stringify(result), () => process.exit());
