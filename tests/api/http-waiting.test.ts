import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assertProblem } from '../support/problems.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

const host = 'Host: localhost\r\n';
const get = (path: string) => `GET ${path} HTTP/1.1\r\n${host}\r\n`;
const jsonHead = `POST /v1/tasks HTTP/1.1\r\n${host}Content-Type: application/json\r\n`;

async function open(t: TestContext, port: number): Promise<RawConnection> {
  const connection = await RawConnection.open(port);
  t.after(() => connection.destroy());
  return connection;
}

/** A server whose reads of records wait until the test lets them go on. */
async function openHeld(t: TestContext) {
  const reading = Promise.withResolvers<void>();
  const health = { isChecked: false };
  const released = Promise.withResolvers<void>();
  const server = standInServer({
    records: standInRecords({
      read: async ({ id }) => {
        reading.resolve();
        await released.promise;
        return { record: { id }, id, version: 1 };
      },
    }),
    health: {
      database: async () => {
        health.isChecked = true;
      },
    },
  });
  const { port } = await server.listen('127.0.0.1', 0);
  t.after(() => server.close());
  return {
    connection: await open(t, port),
    reading: reading.promise,
    health,
    release: released.resolve,
  };
}

describe('pipelined requests', () => {
  test('are carried out one by one, and answered in order', async (t) => {
    const { connection, reading, health, release } = await openHeld(t);
    connection.send(get('/v1/tasks/slow') + get('/nothing') + get('/health/ready'));
    await reading;
    await nextTurn();
    assert.equal(health.isChecked, false);
    release();
    assert.equal(JSON.parse((await connection.answer()).body).id, 'slow');
    assertProblem(await connection.answer(), 'not_found');
    assert.equal((await connection.answer()).statusCode, 200);
    assert.equal(health.isChecked, true);
  });

  test('are answered before the refusal of garbage behind them', async (t) => {
    const { connection, reading, release } = await openHeld(t);
    connection.send(`GET /v1/tasks/slow HTTP/1.1\r\n${host}\r\ngarbage garbage\r\n\r\n`);
    await reading;
    release();
    assert.equal((await connection.answer()).statusCode, 200);
    assertProblem(await connection.onlyAnswer(), 'malformed_request');
  });

  test('10,000 of them are served', async (t) => {
    const { connection } = await openHeld(t);
    connection.send(`GET /health/live HTTP/1.1\r\n${host}\r\n`.repeat(10_000));
    for (let index = 0; index < 10_000; index++) {
      assert.equal((await connection.answer()).statusCode, 200);
    }
  });
});

describe('slow clients', () => {
  const impatient = standInServer({ settings: { requestTimeoutMs: 400 } });
  let impatientPort: number;
  before(async () => {
    impatientPort = (await impatient.listen('127.0.0.1', 0)).port;
  });
  after(() => impatient.close());

  test('that never send anything are told 408', async (t) => {
    const connection = await open(t, impatientPort);
    assertProblem(await connection.onlyAnswer(), 'request_timeout');
  });

  test('that send a header line now and then are told 408', async (t) => {
    const connection = await open(t, impatientPort);
    connection.send(`GET / HTTP/1.1\r\n${host}`);
    const drip = setInterval(() => connection.send('X-A: b\r\n'), 100);
    t.after(() => clearInterval(drip));
    assertProblem(await connection.onlyAnswer(), 'request_timeout');
  });

  test('that drip the head of a second request are told 408', async (t) => {
    const connection = await open(t, impatientPort);
    connection.send(get('/health/live'));
    assert.equal((await connection.answer()).statusCode, 200);
    connection.send('GET /health/live HTTP/1.1\r\n');
    const drip = setInterval(() => connection.send('X-A: b\r\n'), 100);
    t.after(() => clearInterval(drip));
    assertProblem(await connection.onlyAnswer(), 'request_timeout');
  });

  test('that drip a body are told 408, for the request it belongs to', async (t) => {
    const connection = await open(t, impatientPort);
    connection.send(`${jsonHead}X-Request-Id: slow-one\r\nContent-Length: 1000\r\n\r\n{`);
    const drip = setInterval(() => connection.send(' '), 100);
    t.after(() => clearInterval(drip));
    const answer = await connection.onlyAnswer();
    assert.equal(assertProblem(answer, 'request_timeout').requestId, 'slow-one');
    const line = impatient.lines.find((one) => one.requestId === 'slow-one');
    assert.equal(line?.status, 408);
  });

  test('are each told 408, fifty at a time', async (t) => {
    const slowOnes = await Promise.all(Array.from({ length: 50 }, () => open(t, impatientPort)));
    for (const connection of slowOnes) connection.send('GET / HTT');
    for (const one of slowOnes) assertProblem(await one.answer(), 'request_timeout');
  });

  test('do not hold up others', async (t) => {
    const patient = standInServer();
    const { port } = await patient.listen('127.0.0.1', 0);
    t.after(() => patient.close());
    const slowOnes = await Promise.all(Array.from({ length: 50 }, () => open(t, port)));
    for (const connection of slowOnes) connection.send('GET / HTT');
    const connection = await open(t, port);
    const answer = connection.send(get('/health/live')).answer();
    const first = await Promise.race([answer, ...slowOnes.map((one) => one.rest())]);
    assert.equal(first, await answer);
    assert.equal((await answer).statusCode, 200);
    for (const one of slowOnes) one.destroy();
  });
});
