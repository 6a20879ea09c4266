import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { createHttpServer } from '#http/server/node-server.ts';
import { createLoadShedder } from '#platform/load-shedder.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

/** More than the buffers of both ends of a connection hold. */
const answer = Buffer.alloc(32 * 1024 * 1024, 'a');
/** Of a megabyte each: more than the buffers of both ends hold. */
const answersAsked = 8;
const get = 'GET /v1/tasks HTTP/1.1\r\nHost: localhost\r\n\r\n';

async function serveLargeAnswers(silenceTimeoutMs: number) {
  const closed = Promise.withResolvers<boolean>();
  const respond = (_request: IncomingMessage, response: ServerResponse) => {
    response.on('close', () => closed.resolve(response.writableFinished));
    response.end(answer);
  };
  const server = createHttpServer(respond, { requestTimeoutMs: 30_000, silenceTimeoutMs });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { server, port: (server.address() as AddressInfo).port, wasRead: closed.promise };
}

describe('a client that does not read its answer', () => {
  test('loses its connection when nothing has moved for a while', async (t) => {
    const { server, port, wasRead } = await serveLargeAnswers(300);
    t.after(() => server.close());
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    t.after(() => socket.destroy());
    socket.pause().write(get);
    assert.equal(await wasRead, false);
  });

  test('gets all of it when it only reads slowly', async (t) => {
    const { server, port, wasRead } = await serveLargeAnswers(300);
    t.after(() => server.close());
    const socket = connect({ port, host: '127.0.0.1' });
    t.after(() => socket.destroy());
    socket.write(get);
    socket.on('data', (chunk: Buffer) => {
      if (chunk.length < 1_000) return;
      socket.pause();
      setTimeout(() => socket.resume(), 2);
    });
    assert.equal(await wasRead, true);
  });

  test('keeps nobody from being served, however many there are', async (t) => {
    const text = 'a'.repeat(1_000_000);
    const loadShedder = createLoadShedder();
    void loadShedder.start();
    const records = standInRecords({
      async list() {
        return { data: [{ id: '1', text }], page: { limit: 20, next: null } };
      },
    });
    const server = standInServer({ records, loadShedder });
    const { port } = await server.listen('127.0.0.1', 0);
    t.after(() => server.close({ timeoutMs: 0 }));
    t.after(() => loadShedder.stop());
    const clients = 100;
    for (let index = 0; index < clients; index += 1) {
      const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
      t.after(() => socket.destroy());
      socket.pause().write(get.repeat(answersAsked));
    }
    const sent = await stalled(() => server.lines.length, clients);
    assert.ok(sent <= clients * (answersAsked - 1), `${sent} answers were sent to the end`);
    const connection = await RawConnection.open(port);
    t.after(() => connection.destroy());
    // With these there are more than the 1,000 that a burst may have.
    const readsMin = 400;
    // What is too long is overload after 175 ms at most.
    const endsAtMs = performance.now() + 400;
    for (let reads = 0; reads < readsMin || performance.now() < endsAtMs; reads += 1) {
      connection.send('GET /v1/tasks/1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      assert.equal((await connection.answer()).statusCode, 200);
    }
  });
});

/** How many answers have been sent when each client has been sent one, and nothing moves any more. */
async function stalled(sent: () => number, clients: number): Promise<number> {
  let [seen, turns] = [0, 0];
  while (seen < clients || turns < 50) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
    if (sent() !== seen) [seen, turns] = [sent(), 0];
  }
  return seen;
}
