import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import type { LoadOptions, LoadResult } from './load.ts';

/**
 * The generator of load.ts, in a process of its own: what measures must not wait behind what the test does. Raw
 * sockets, one request at a time on each, requests drawn before: on two cores whatever it uses is taken from the server.
 */
const options = JSON.parse(process.argv[2] as string) as LoadOptions;
const messages = options.requests.map(messageOf);
const served = createHistogram({ lowest: 1, highest: 60_000_000, figures: 3 });
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
}

function send(connection: Connection): void {
  connection.sentAt = performance.now();
  connection.socket.write(messages[sent % messages.length] as Buffer);
  sent += 1;
}

async function open(): Promise<void> {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  const connection: Connection = { socket, received: '', sentAt: 0 };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    connection.received = connection.received === '' ? chunk : connection.received + chunk;
    const headEnd = endOfAnswer(connection.received);
    if (headEnd === undefined) return;
    note(connection, headEnd);
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

/** The length of the head once the whole answer is here; Plinth always sends Content-Length. */
function endOfAnswer(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const at = received.indexOf('content-length: ');
  const length = at < 0 || at > headEnd ? 0 : Number.parseInt(received.slice(at + 16, at + 26), 10);
  return received.length >= headEnd + 4 + length ? headEnd : undefined;
}

function note({ received, sentAt }: Connection, headEnd: number): void {
  const status = received.slice(9, 12);
  statuses[status] = (statuses[status] ?? 0) + 1;
  if (status.startsWith('2')) {
    servedCount += 1;
    if (sentAt >= settledAt) served.record(Math.max(1, Math.round((performance.now() - sentAt) * 1_000)));
  } else if (!/\r\nretry-after: [1-9]/i.test(received.slice(0, headEnd))) {
    wrong = received;
  }
}

function messageOf({ method, target, body }: LoadOptions['requests'][number]): Buffer {
  const json = body === undefined ? '' : JSON.stringify(body);
  const type = body === undefined ? '' : 'content-type: application/json\r\n';
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\nhost: 127.0.0.1\r\n${type}content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
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
  servedPerSecond: servedCount / seconds,
  p50Ms: ms(50),
  p99Ms: ms(99),
  maxMs: served.max / 1_000,
  sent,
  unsent,
  statuses,
  resets,
  wrong,
};
process.stdout.write(JSON.stringify(result), () => process.exit());
