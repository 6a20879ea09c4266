import { randomBytes, randomInt } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const attackers = 24;
const slowMs = 3_000;
const words = () => randomBytes(randomInt(2, 12)).toString('hex');
const anyOf = <T>(values: readonly T[]): T => values[randomInt(values.length)] as T;
const anyAddress = () => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
const json = { 'content-type': 'application/json' };
const entry = () => ({ writer: randomInt(1_000), sequence: randomInt(1_000_000), text: words() });

/** A condition of a shape and with values that hardly ever come again. */
function anyFilter(depth = randomInt(1, 5)): string {
  if (depth > 1)
    return `(${anyFilter(depth - 1)} ${anyOf(['&&', '||'])} ${anyFilter(depth - randomInt(1, 2))})`;
  return anyOf([
    `record.writer ${anyOf(['==', '!=', '<', '>=', '>'])} ${randomInt(1_000_000)}`,
    `record.sequence + ${randomInt(1_000)} > ${randomInt(1_000)}`,
    `record.text.startsWith("${words()}")`,
    `record.key == "${words()}"`,
    `record.writer in [${Array.from({ length: randomInt(1, 20) }, () => randomInt(1_000)).join(', ')}]`,
    `size(record.text) < ${randomInt(100)}`,
    `record.${words()} == null`,
  ]);
}

/**
 * Everything that strangers send: large, deep, broken, slow, cut off, and above all different every time, so that
 * whatever is remembered about requests is asked to remember more. `statuses` counts what was answered.
 */
export function createHostileLoad(port: number, statuses: Record<string, number>) {
  const agent = new Agent({ keepAlive: true, maxSockets: attackers });

  function ask(method: string, path: string, { headers = {}, body }: Asked = {}): Promise<void> {
    return new Promise((resolve) => {
      const from = { 'x-forwarded-for': anyAddress(), 'x-request-id': words() };
      const sent = request({ port, method, path, agent, headers: { ...from, ...headers } }, (answer) => {
        const status = String(answer.statusCode);
        statuses[status] = (statuses[status] ?? 0) + 1;
        answer.resume().on('close', resolve);
      });
      sent.on('error', () => resolve());
      sent.end(body);
    });
  }

  /** Bytes that are not read back, on a connection that ends by force. */
  async function raw(bytes: string, { eachByte = false, forMs = 0 } = {}): Promise<void> {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    if (eachByte) {
      const endsAt = performance.now() + forMs;
      for (const byte of bytes) {
        if (performance.now() > endsAt) break;
        socket.write(byte);
        await delay(20);
      }
    } else {
      socket.pause().write(bytes);
      await delay(forMs);
    }
    socket.destroy();
  }

  const query = (parameters: Record<string, string>) => `/v1/entries?${new URLSearchParams(parameters)}`;
  const post = (path: string, body: string, headers = {}) =>
    ask('POST', path, { headers: { ...json, ...headers }, body });
  const token = () => [words(), words(), words()].map((part) => btoa(part)).join('.');

  const attacks: readonly (() => Promise<void>)[] = [
    () =>
      post('/v1/entries', JSON.stringify({ ...entry(), text: 'x'.repeat(randomInt(900_000, 1_500_000)) })),
    () => post('/v1/entries', '['.repeat(randomInt(100, 100_000))),
    () => post('/v1/entries', `${'{"a":'.repeat(190)}1${'}'.repeat(190)}`),
    () => post('/v1/entries', JSON.stringify({ ...entry(), [words()]: words() })),
    () => ask('GET', query({ filter: anyFilter() })),
    () =>
      ask('GET', query({ filter: anyFilter(), sort: anyOf(['-writer', 'sequence,-id', 'text', words()]) })),
    () => ask('GET', query({ cursor: randomBytes(randomInt(1, 200)).toString('base64url') })),
    () => ask('GET', query({ q: `${words()} ${words()}*`, fields: anyOf(['text', 'id,writer', words()]) })),
    () => ask('GET', query({ [words()]: words(), limit: String(randomInt(1, 200)) })),
    () => ask('GET', '/auth/me', { headers: { authorization: `Bearer ${token()}` } }),
    () => ask('GET', '/v1/entries', { headers: { authorization: words() } }),
    () => post('/v1/entries', JSON.stringify(entry()), { 'idempotency-key': words() }),
    () => post('/v1/entries', JSON.stringify({ ...entry(), key: words() })),
    () => post('/batch', JSON.stringify({ operations: Array.from({ length: 50 }, anyOperation) })),
    () => ask(anyOf(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']), `/${words()}/${words()}`),
    () => ask('GET', `/v1/entries/${words()}`),
    () => ask('GET', `/v1/entries?filter=${'x'.repeat(randomInt(4_000, 20_000))}`),
    () => ask('GET', '/', { headers: { [`x-${words()}`]: 'y'.repeat(randomInt(1, 20_000)) } }),
    () =>
      raw(
        `POST /v1/entries HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n${'{'.repeat(50_000)}`,
      ),
    () => raw(randomBytes(2_000).toString('latin1')),
  ];

  /** Clients that send or read next to nothing, for as long as they like, and passwords, which take their time. */
  const slowAttacks: typeof attacks = [
    () =>
      post('/auth/login', JSON.stringify({ email: `${words()}@example.org`, password: words() + words() })),
    () =>
      raw(`POST /v1/entries HTTP/1.1\r\nHost: a\r\n${'x-a: b\r\n'.repeat(40)}`, {
        eachByte: true,
        forMs: slowMs,
      }),
    () => raw('GET /v1/entries?limit=200 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(50), { forMs: slowMs }),
  ];

  function anyOperation() {
    return { method: 'POST', path: '/v1/entries', body: entry() };
  }

  return {
    /** Attacks from many sides until it is time. */
    async attack(seconds: number): Promise<void> {
      const endsAt = performance.now() + seconds * 1_000;
      const attackBy = async (ways: typeof attacks) => {
        while (performance.now() < endsAt) await anyOf(ways)();
      };
      await Promise.all(
        Array.from({ length: attackers }, () => [attackBy(attacks), attackBy(slowAttacks)]).flat(),
      );
    },
    /** Requests from so many addresses, nothing else. */
    async comeFrom(addresses: number): Promise<void> {
      let left = addresses;
      const come = async () => {
        while (left-- > 0) await ask('GET', '/nothing');
      };
      await Promise.all(Array.from({ length: attackers }, come));
    },
    end: () => agent.destroy(),
  };
}
