import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { assertProblem } from '../support/problems.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const create = (body: string) =>
  `POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A server that notes the requests in the order in which their work begins; each waits to be released. */
async function watchedServer(t: TestContext, content: object = {}) {
  const begun: string[] = [];
  const releases: (() => void)[] = [];
  const server = standInServer({
    records: standInRecords({
      async read({ id }) {
        begun.push(id);
        await new Promise<void>((resolve) => releases.push(resolve));
        return { record: { id, ...content }, id, version: 1 };
      },
    }),
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close({ timeoutMs: 0 }));
  const connection = await RawConnection.open(port);
  t.after(() => connection.destroy());
  return {
    server,
    connection,
    begun,
    /** Waits for the request that is at work, and lets it go. */
    releaseNext: async () => {
      while (releases.length === 0) await new Promise((resolve) => setImmediate(resolve));
      releases.shift()?.();
    },
  };
}

describe('pipelined requests', () => {
  test('are carried out one at a time, in order', async (t) => {
    const { connection, begun, releaseNext } = await watchedServer(t);
    connection.send(['a', 'b', 'c'].map((id) => get(`/v1/tasks/${id}`)).join(''));
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      await releaseNext();
      assert.equal(begun.length, index + 1);
      assert.equal(JSON.parse((await connection.answer()).body).id, id);
    }
  });

  test('come with bodies, too', async (t) => {
    const { connection, releaseNext } = await watchedServer(t);
    const text = 'x'.repeat(300_000);
    connection.send(get('/v1/tasks/a') + create('{"a":1}') + create(JSON.stringify({ text })) + get('/'));
    await releaseNext();
    assert.equal((await connection.answer()).statusCode, 200);
    assert.deepEqual(JSON.parse((await connection.answer()).body).body, { a: 1 });
    assert.equal(JSON.parse((await connection.answer()).body).body.text.length, text.length);
    assert.equal((await connection.answer()).statusCode, 200);
  });

  test('are not begun after an answer that closes the connection', async (t) => {
    const { connection, begun, releaseNext } = await watchedServer(t);
    connection.send(get('/v1/tasks/a').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    connection.send(get('/v1/tasks/b'));
    await releaseNext();
    await connection.onlyAnswer();
    assert.deepEqual(begun, ['a']);
  });

  test('are not begun once their client has left', async (t) => {
    const { server, connection, begun, releaseNext } = await watchedServer(t, {
      text: 'x'.repeat(20_000_000),
    });
    connection.socket.pause();
    connection.send(get('/v1/tasks/a') + get('/v1/tasks/b'));
    await releaseNext();
    connection.socket.resetAndDestroy();
    while (server.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(begun, ['a']);
  });

  test('are answered before what is wrong with a later one', async (t) => {
    const { connection, releaseNext } = await watchedServer(t);
    connection.send(`${get('/v1/tasks/a')}${get('/v1/tasks/b')}nonsense\r\n\r\n`);
    for (const id of ['a', 'b']) {
      await releaseNext();
      assert.equal(JSON.parse((await connection.answer()).body).id, id);
    }
    assertProblem(await connection.onlyAnswer(), 'malformed_request');
  });

  test('wait while nobody reads the answer before them', async (t) => {
    const { connection, begun, releaseNext } = await watchedServer(t, { text: 'x'.repeat(20_000_000) });
    connection.socket.pause();
    connection.send(get('/v1/tasks/a') + get('/v1/tasks/b'));
    await releaseNext();
    const other = await RawConnection.open(connection.socket.remotePort as number);
    for (let asked = 0; asked < 50; asked++) await other.send(get('/health/live')).answer();
    assert.deepEqual(begun, ['a']);
    connection.socket.removeAllListeners('data').resume();
    await releaseNext();
    assert.deepEqual(begun, ['a', 'b']);
    other.destroy();
  });
});
