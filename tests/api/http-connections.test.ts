import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { assertProblem } from '../support/problems.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInServer } from '../support/plinth/stand-ins.ts';

type Server = ReturnType<typeof standInServer>;

let server: Server;
let port: number;

before(async () => {
  server = standInServer({ settings: { bodyLimitBytes: 1000 } });
  ({ port } = await server.listen('127.0.0.1', 0));
});
after(() => server.close());

async function open(t: TestContext, to = port): Promise<RawConnection> {
  const connection = await RawConnection.open(to);
  t.after(() => connection.destroy());
  return connection;
}

const host = 'Host: localhost\r\n';
const jsonHead = `POST /v1/tasks HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;

describe('what is no HTTP is malformed_request, and the connection is closed', () => {
  const garbage: readonly (readonly [string, string | Buffer])[] = [
    ['words', 'hello\r\n\r\n'],
    ['a TLS handshake', Buffer.from('16030100a5010000a10303', 'hex')],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a method nobody knows', `FROB /v1/tasks HTTP/1.1\r\n${host}\r\n`],
    ['lower-case methods', `get / HTTP/1.1\r\n${host}\r\n`],
    ['no version', `GET /v1/tasks\r\n${host}\r\n`],
    ['HTTP/3.0', `GET / HTTP/3.0\r\n${host}\r\n`],
    ['a space in the target', `GET /v1/ta sks HTTP/1.1\r\n${host}\r\n`],
    ['a space before the colon', `GET / HTTP/1.1\r\n${host}X-A : b\r\n\r\n`],
    ['a header without colon', `GET / HTTP/1.1\r\n${host}nonsense\r\n\r\n`],
    ['a header that is folded', `GET / HTTP/1.1\r\n${host}X-A: b\r\n c\r\n\r\n`],
    ['a NUL in a header', `GET / HTTP/1.1\r\n${host}X-A: b\0c\r\n\r\n`],
    ['a bare line feed', `GET / HTTP/1.1\n${host}\n`],
    ['two lengths', `${jsonHead}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a length and chunks', `${jsonHead}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a length that is no number', `${jsonHead}Content-Length: two\r\n\r\n{}`],
    ['a negative length', `${jsonHead}Content-Length: -2\r\n\r\n{}`],
    ['a length with a plus', `${jsonHead}Content-Length: +2\r\n\r\n{}`],
    ['a length that overflows', `${jsonHead}Content-Length: 99999999999999999999\r\n\r\n{}`],
    ['a coding that is not chunked', `${jsonHead}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ];
  for (const [what, bytes] of garbage) {
    test(`as ${what} is`, async (t) => {
      const connection = await open(t);
      const answer = await connection.send(bytes).onlyAnswer();
      assertProblem(answer, 'malformed_request');
    });
  }

  test('as a chunk of a length that is no number is, for the request it belongs to', async (t) => {
    const connection = await open(t);
    connection.send(
      `${jsonHead}X-Request-Id: mine\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    );
    const answer = await connection.onlyAnswer();
    assert.equal(assertProblem(answer, 'malformed_request').requestId, 'mine');
  });
});

describe('limits of the head', () => {
  test('17 KiB of headers are 431', async (t) => {
    const connection = await open(t);
    connection.send(`GET / HTTP/1.1\r\n${host}X-Big: ${'a'.repeat(17 * 1024)}\r\n\r\n`);
    assert.equal(assertProblem(await connection.onlyAnswer(), 'headers_too_large').instance, '/');
  });

  test('3,000 headers are 431 or served, never an error', async (t) => {
    const connection = await open(t);
    connection.send(`GET /health/live HTTP/1.1\r\n${host}${'a:b\r\n'.repeat(3000)}\r\n`);
    const answer = await connection.answer();
    assert.ok(answer.statusCode === 200 || answer.statusCode === 431, String(answer.statusCode));
  });

  test('a target of 17 KiB is 414, as one of 9 KiB is', async (t) => {
    for (const length of [9, 17, 40]) {
      const connection = await open(t);
      connection.send(`GET /v1/tasks?q=${'a'.repeat(length * 1024)} HTTP/1.1\r\n${host}\r\n`);
      assert.equal(assertProblem(await connection.answer(), 'uri_too_long').instance, '/v1/tasks');
    }
  });

  test('no Host and two of them are refused in HTTP/1.1, none is fine in HTTP/1.0', async (t) => {
    const connection = await open(t);
    assertProblem(await connection.send('GET / HTTP/1.1\r\n\r\n').answer(), 'malformed_request');
    const twice = `GET / HTTP/1.1\r\n${host}host: other\r\n\r\n`;
    assertProblem(await connection.send(twice).answer(), 'malformed_request');
    const older = await open(t);
    assert.equal((await older.send('GET /health/live HTTP/1.0\r\n\r\n').answer()).statusCode, 200);
  });
});

describe('odd but right requests are served or refused as what they are', () => {
  test('CONNECT is 405', async (t) => {
    const connection = await open(t);
    assertProblem(
      await connection.send(`CONNECT example.org:443 HTTP/1.1\r\n${host}\r\n`).onlyAnswer(),
      'method_not_allowed',
    );
  });

  test('an unknown expectation is ignored, 100-continue is answered', async (t) => {
    const connection = await open(t);
    const get = `GET /health/live HTTP/1.1\r\n${host}Expect: tea\r\n\r\n`;
    assert.equal((await connection.send(get).answer()).statusCode, 200);
    connection.send(`${jsonHead}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n{}`);
    assert.equal((await connection.answer()).statusCode, 201);
  });

  test('an upgrade that is not offered is not taken', async (t) => {
    const connection = await open(t);
    connection.send(`GET /health/live HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
    assert.equal((await connection.answer()).statusCode, 200);
  });

  test('the absolute form of a target is its path', async (t) => {
    const connection = await open(t);
    const answer = await connection.send(`GET http://localhost/v1/nothing HTTP/1.1\r\n${host}\r\n`).answer();
    assert.equal(assertProblem(answer, 'not_found').instance, '/v1/nothing');
    for (const target of [
      'http://elsewhere/health/live',
      'HTTPS://localhost:1/health/live?',
      'http://localhost',
    ]) {
      const found = await connection.send(`GET ${target} HTTP/1.1\r\n${host}\r\n`).answer();
      assert.equal(found.statusCode, 200, target);
    }
  });

  test('a field that there may be one of is refused twice', async (t) => {
    const connection = await open(t);
    const fields = [
      'Authorization: Bearer good\r\nauthorization: Bearer bad\r\n',
      'Content-Type: a/b\r\nContent-Type: c/d\r\n',
    ];
    for (const doubled of fields) {
      connection.send(`GET /v1/tasks HTTP/1.1\r\n${host}${doubled}\r\n`);
      assert.match(
        assertProblem(await connection.answer(), 'malformed_request').detail,
        /one (Authorization|Content-Type)/,
      );
    }
  });

  test('HTTP/1.0 with a transfer coding is refused, and ends the connection', async (t) => {
    const connection = await open(t);
    const smuggled = '0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    connection.send(
      `POST /v1/tasks HTTP/1.0\r\n${host}Connection: keep-alive\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${smuggled}`,
    );
    assert.match(assertProblem(await connection.onlyAnswer(), 'malformed_request').detail, /HTTP\/1\.0/);
  });

  test('dots in a path are not resolved', async (t) => {
    const connection = await open(t);
    for (const path of ['/v1/../docs', '/v1/%2e%2e', '/v1/..', '//v1/tasks', '/v1//tasks', '/v1/tasks/']) {
      const answer = await connection.send(`GET ${path} HTTP/1.1\r\n${host}\r\n`).answer();
      assert.ok(answer.statusCode === 404 || path === '/v1/tasks/', path);
    }
  });

  test('chunked bodies are bodies, and trailers are dropped', async (t) => {
    const connection = await open(t);
    connection.send(
      `${jsonHead}Transfer-Encoding: chunked\r\n\r\n4;ext=1\r\n{"a"\r\n3\r\n:1}\r\n0\r\nX-Trailer: 1\r\n\r\n`,
    );
    const answer = await connection.answer();
    assert.deepEqual(JSON.parse(answer.body).body, { a: 1 });
  });
});

describe('a body that is too large', () => {
  test('is 413 by its length, before it is sent', async (t) => {
    const connection = await open(t);
    connection.send(`${jsonHead}Content-Length: 1001\r\n\r\n`);
    assertProblem(await connection.answer(), 'payload_too_large');
  });

  test('is 413 in chunks, without a length', async (t) => {
    const connection = await open(t);
    connection.send(`${jsonHead}Transfer-Encoding: chunked\r\n\r\n3e8\r\n${'a'.repeat(1000)}\r\n1\r\na\r\n`);
    assertProblem(await connection.answer(), 'payload_too_large');
  });

  test('is 413 also to a client that sends all of it before it reads', async (t) => {
    for (let round = 0; round < 10; round++) {
      const connection = await open(t);
      connection.send(`${jsonHead}Content-Length: 5000000\r\n\r\n`);
      await new Promise((resolve) => connection.socket.write(Buffer.alloc(5_000_000, 'a'), resolve));
      assertProblem(await connection.answer(), 'payload_too_large');
      const next = await connection.send(`GET /health/live HTTP/1.1\r\n${host}\r\n`).answer();
      assert.equal(next.statusCode, 200, 'the connection goes on after the rest of the body');
    }
  });
});

test('clients that leave at any point do not harm the server', async () => {
  const beginnings = [
    '',
    'G',
    'GET / HTTP/1.1\r\n',
    `${jsonHead}Content-Length: 100\r\n\r\n{`,
    jsonHead,
    '\0',
  ];
  for (const beginning of beginnings) {
    for (const isReadBefore of [false, true]) {
      const connection = await RawConnection.open(port);
      connection.send(beginning || ' ');
      // What came before a request that is answered has been read.
      if (isReadBefore) await assertServes(port);
      // Some beginnings are refused at once, and then the server was the first to leave.
      if (!connection.socket.readableEnded) connection.socket.resetAndDestroy();
    }
  }
  await assertServes(port);
  assert.deepEqual(
    server.lines.filter((line) => line.level === 'error'),
    [],
  );
});

async function assertServes(port: number): Promise<void> {
  const connection = await RawConnection.open(port);
  const answer = await connection.send(`GET /health/live HTTP/1.1\r\n${host}\r\n`).answer();
  connection.destroy();
  assert.equal(answer.statusCode, 200);
}
