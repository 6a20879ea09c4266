import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertProblem } from '../support/problems.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('health', () => {
  test('live is ok as long as the process answers, whatever the database does', async () => {
    const server = standInServer({
      health: {
        database: async () => {
          throw new Error('away');
        },
      },
    });
    const answer = await server.inject('/health/live');
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), { status: 'ok' });
  });

  test('ready lists the parts', async () => {
    const server = standInServer({ health: { database: async () => {}, redis: async () => 'degraded' } });
    const answer = await server.inject('/health/ready');
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json(), {
      status: 'degraded',
      parts: { database: { status: 'ok' }, redis: { status: 'degraded' } },
    });
  });

  test('ready is 503 while a part is down, without a word of why, and ok again after', async () => {
    let away = true;
    const database = async () => {
      if (away) throw new Error('SECRET host refused');
    };
    const server = standInServer({ health: { database } });
    const answer = await server.inject('/health/ready');
    assertProblem(answer, 'unavailable');
    assert.deepEqual(answer.json().parts, { database: { status: 'down' } });
    assert.doesNotMatch(answer.body, /SECRET/);
    away = false;
    assert.equal((await server.inject('/health/ready')).statusCode, 200);
  });

  test('ready does not wait for ever for a part that hangs, and asks it once for all who wait', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const asked = Promise.withResolvers<void>();
    const database = t.mock.fn(() => {
      asked.resolve();
      return new Promise<void>(() => {});
    });
    const server = standInServer({ health: { database } });
    await server.inject('/health/live');
    const answers = [server.inject('/health/ready'), server.inject('/health/ready')];
    await asked.promise;
    t.mock.timers.tick(2000);
    for (const answer of await Promise.all(answers)) assertProblem(answer, 'unavailable');
    assert.equal(database.mock.callCount(), 1);
  });
});

/** A server on a port whose read of `slow` waits to be let go. */
async function slowServer(content: object = {}) {
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const server = standInServer({
    records: standInRecords({
      read: async ({ id }) => {
        if (id === 'slow') {
          arrived.resolve();
          await release.promise;
        }
        return { record: { id, ...(id !== 'slow' && content) }, id, version: 1 };
      },
    }),
  });
  const { port } = await server.listen('127.0.0.1', 0);
  return { server, port, arrived: arrived.promise, release: release.resolve };
}

describe('stopping', () => {
  test('draining turns readiness to 503 and serves on', async () => {
    const { server, port } = await slowServer();
    const connection = await RawConnection.open(port);
    assert.equal((await connection.send(get('/health/ready')).answer()).statusCode, 200);
    server.drain();
    assertProblem(await connection.send(get('/health/ready')).answer(), 'unavailable');
    assert.equal((await connection.send(get('/health/live')).answer()).statusCode, 200);
    assert.equal((await connection.send(get('/v1/tasks/1')).answer()).statusCode, 200);
    await server.close({ timeoutMs: 1_000 });
    await connection.rest();
  });

  test('requests in flight are finished, idle connections and new ones are not kept', async () => {
    const { server, port, arrived, release } = await slowServer();
    const idle = await RawConnection.open(port);
    await idle.send(get('/health/live')).answer();
    const busy = await RawConnection.open(port);
    busy.send(get('/v1/tasks/slow'));
    await arrived;
    const closed = server.close({ timeoutMs: 2_000 });
    assert.equal(await idle.rest(), '');
    await assert.rejects(RawConnection.open(port));
    release();
    const answer = await busy.answer();
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers.connection, 'close');
    await closed;
    assert.equal(await busy.rest(), '');
  });

  test('a connection that asks again is served, and told to close, as one that never has asked is', async () => {
    const { server, port } = await slowServer();
    const asked = await RawConnection.open(port);
    assert.equal((await asked.send(get('/health/live')).answer()).headers.connection, 'keep-alive');
    const silent = await RawConnection.open(port);
    const closed = server.close();
    for (const connection of [asked, silent]) {
      const answer = await connection.send(get('/v1/tasks/1')).onlyAnswer();
      assert.equal(answer.statusCode, 200);
      // It is closed from both sides before anything is cut.
      connection.socket.end();
    }
    await closed;
  });

  test('of pipelined requests the last one closes the connection, and each is answered', async () => {
    const { server, port, arrived, release } = await slowServer();
    const busy = await RawConnection.open(port);
    busy.send(get('/v1/tasks/slow') + get('/v1/tasks/next'));
    await arrived;
    const closed = server.close();
    release();
    assert.equal((await busy.answer()).headers.connection, 'keep-alive');
    assert.equal((await busy.onlyAnswer()).statusCode, 200);
    await closed;
  });

  test('an answer that is complete but not yet read by its client is not cut', async () => {
    const title = 'x'.repeat(20_000_000);
    const { server, port, arrived, release } = await slowServer({ title });
    const reader = await RawConnection.open(port);
    reader.send(get('/v1/tasks/1')).socket.pause();
    while (server.lines.length === 0 && reader.socket.bytesRead === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const busy = await RawConnection.open(port);
    busy.send(get('/v1/tasks/slow'));
    await arrived;
    const closed = server.close();
    release();
    // Idle connections are swept away now and then; once this one is, the reader has survived a sweep.
    await busy.rest();
    reader.socket.resume();
    assert.equal(JSON.parse((await reader.answer()).body).title.length, title.length);
    await closed;
  });

  test('what is not finished in time is cut', async () => {
    const { server, port, arrived } = await slowServer();
    const busy = await RawConnection.open(port);
    busy.send(get('/v1/tasks/slow'));
    await arrived;
    await server.close({ timeoutMs: 50 });
    assert.equal(await busy.rest(), '');
  });

  test('closing twice is closing once', async () => {
    const { server } = await slowServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

test('a port that is taken is an EADDRINUSE', async (t) => {
  const first = standInServer();
  const { port, url } = await first.listen('127.0.0.1', 0);
  t.after(() => first.close());
  assert.equal(url, `http://127.0.0.1:${port}`);
  await assert.rejects(standInServer().listen('127.0.0.1', port), { code: 'EADDRINUSE' });
});

describe('the log', () => {
  test('has one line a request, with nothing of query, body, headers or path in it', async () => {
    const server = standInServer();
    const answer = await server.inject({
      method: 'PATCH',
      url: '/v1/tasks/SECRET?fields=SECRET',
      headers: { authorization: 'Bearer good', 'content-type': 'application/json', 'x-secret': 'SECRET' },
      payload: '{"note":"SECRET"}',
    });
    assert.equal(server.lines.length, 1);
    const [{ durationMs, ...line } = { durationMs: undefined }] = server.lines;
    assert.ok(typeof durationMs === 'number' && durationMs >= 0 && durationMs < 10_000);
    assert.deepEqual(line, {
      level: 'info',
      message: 'request',
      requestId: answer.headers['x-request-id'],
      method: 'PATCH',
      route: '/v1/:collection/:id',
      status: 200,
      userId: '019b0000-0000-7000-8000-000000000001',
    });
    assert.doesNotMatch(JSON.stringify(server.lines), /SECRET|good/);
  });

  test('knows refused requests, unknown routes and anonymous callers', async () => {
    const server = standInServer();
    await server.inject('/v1/nothing');
    await server.inject('/SECRET');
    await server.inject('/v1/%ff');
    assert.deepEqual(
      server.lines.map(({ status, route, userId }) => ({ status, route, userId })),
      [
        { status: 404, route: '/v1/:collection', userId: undefined },
        { status: 404, route: '(none)', userId: undefined },
        { status: 400, route: '(none)', userId: undefined },
      ],
    );
    assert.doesNotMatch(JSON.stringify(server.lines), /SECRET/);
  });

  test('knows requests whose client left before the answer', async (t) => {
    const { server, port, arrived, release } = await slowServer();
    t.after(() => server.close());
    const connection = await RawConnection.open(port);
    connection.send(get('/v1/tasks/slow'));
    await arrived;
    connection.destroy();
    while (server.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(server.lines[0]?.status, 499);
    assert.equal(server.lines[0]?.aborted, true);
    release();
  });

  test('has a line for what is refused before it is a request', async (t) => {
    const { server, port } = await slowServer();
    t.after(() => server.close());
    const connection = await RawConnection.open(port);
    const answer = await connection.send('SECRET\r\n\r\n').answer();
    assert.equal(server.lines.length, 1);
    assert.equal(server.lines[0]?.requestId, answer.headers['x-request-id']);
    assert.equal(server.lines[0]?.status, 400);
    assert.doesNotMatch(JSON.stringify(server.lines), /SECRET/);
  });
});
