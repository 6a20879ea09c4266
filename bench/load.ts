import { connect, type Socket } from 'node:net';
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { endOfResponse, headOf, messageOf, type Request } from '../tests/support/load/wire.ts';

export interface LoadOptions {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Sent with every request, such as `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The next request; called once for each. */
  readonly next: () => Request;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Microseconds from the first byte sent to the last one received. */
  readonly latency: RecordableHistogram;
}

const silenceTimeoutMs = 30_000;
const microsecondsMax = 60_000_000;

/**
 * Sends requests over keep-alive connections, one at a time on each, for as long as it is told. A small client of our
 * own: on two cores whatever the generator uses is taken from the server. Throws at the first answer that is not 2xx.
 */
export async function drive(options: LoadOptions): Promise<LoadResult> {
  const latency = createHistogram({ lowest: 1, highest: microsecondsMax, figures: 3 });
  const startedAt = performance.now();
  const endsAt = startedAt + options.seconds * 1_000;
  const counts = await Promise.all(
    Array.from({ length: options.connections }, () => driveConnection(options, latency, endsAt)),
  );
  return {
    requests: counts.reduce((sum, count) => sum + count, 0),
    seconds: (performance.now() - startedAt) / 1_000,
    latency,
  };
}

/** Sends one request and returns its answer's body, parsed. Throws when it is not 2xx. */
export async function send(
  port: number,
  headers: Readonly<Record<string, string>>,
  request: Request,
): Promise<unknown> {
  const { method, target, body } = request;
  const answer = await fetch(`http://127.0.0.1:${port}${target}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${target} was answered ${answer.status}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

function driveConnection(
  options: LoadOptions,
  latency: RecordableHistogram,
  endsAt: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    const head = headOf(options.headers);
    let request: Request;
    let sentAt = 0;
    let answered = 0;
    let received = '';

    function sendNext(): void {
      request = options.next();
      sentAt = performance.now();
      socket.write(messageOf(request, head), 'utf8');
    }

    socket.setEncoding('latin1').setTimeout(silenceTimeoutMs);
    socket.on('connect', sendNext);
    socket.on('data', (chunk: string) => {
      received = received === '' ? chunk : received + chunk;
      const end = endOfResponse(received);
      if (end === undefined) return;
      const now = performance.now();
      latency.record(Math.min(microsecondsMax, Math.max(1, Math.round((now - sentAt) * 1_000))));
      answered += 1;
      if (received[9] !== '2' || end !== received.length) {
        fail(socket, reject, `${request.method} ${request.target} was answered:\n${received}`);
      } else if (now >= endsAt) {
        socket.destroy();
        resolve(answered);
      } else {
        received = '';
        sendNext();
      }
    });
    socket.on('timeout', () => fail(socket, reject, `no answer within ${silenceTimeoutMs} ms`));
    socket.on('error', reject);
    socket.on('end', () => fail(socket, reject, 'the server closed the connection'));
  });
}

function fail(socket: Socket, reject: (error: Error) => void, message: string): void {
  socket.destroy();
  reject(new Error(message));
}
