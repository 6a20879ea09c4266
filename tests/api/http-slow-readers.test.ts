import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createHttpServer } from '#http/server/node-server.ts';
import { createLoadShedder } from '#platform/load-shedder.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInRecords, standInServer } from '../support/stand-ins.ts';

/** More than the buffers of both ends of a connection hold. */
const answer = Buffer.alloc(32 * 1024 * 1024, 'a');
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
    const records = standInRecords({
      async list() {
        return { data: [{ id: '1', text }], page: { limit: 20, next: null } };
      },
    });
    const server = standInServer({ records, loadShedder });
    const { port } = await server.listen('127.0.0.1', 0);
    t.after(() => server.close({ timeoutMs: 0 }));
    t.after(() => loadShedder.stop());
    for (let index = 0; index < 100; index += 1) {
      const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {});
      t.after(() => socket.destroy());
      socket.pause().write(get.repeat(8));
    }
    await delay(500);
    const connection = await RawConnection.open(port);
    t.after(() => connection.destroy());
    for (let index = 0; index < 20; index += 1) {
      connection.send('GET /v1/tasks/1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
      assert.equal((await connection.answer()).statusCode, 200);
      await delay(20);
    }
  });
});
