import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LoadShedder } from '#platform/load-shedder.ts';
import { RawConnection } from '../support/raw-http.ts';
import { standInAuth, standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

const full: LoadShedder = { admits: () => false, enter: () => 0, leave: () => {} };

describe('a server with more to do than it can', () => {
  test('turns requests away with 503 and says when to come back', async () => {
    const { inject, lines } = standInServer({ loadShedder: full });
    const answer = await inject({ url: '/v1/tasks', headers: { 'x-request-id': 'mine' } });
    assert.equal(answer.statusCode, 503);
    const { code, instance, requestId } = answer.json();
    assert.deepEqual(
      { code, instance, requestId },
      {
        code: 'unavailable',
        instance: '/v1/tasks',
        requestId: 'mine',
      },
    );
    assert.match(String(answer.headers['retry-after']), /^[123]$/);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['x-request-id'], 'mine');
    const refused = lines.filter(({ level, status }) => level === 'warn' && status === 503);
    assert.deepEqual(
      refused.map(({ error }) => error),
      ['overload'],
    );
  });

  test('tells pages on other origins, too', async () => {
    const { inject } = standInServer({
      loadShedder: full,
      settings: { corsOrigins: ['https://app.example'] },
    });
    const answer = await inject({ url: '/v1/tasks', headers: { origin: 'https://app.example' } });
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.headers['access-control-allow-origin'], 'https://app.example');
  });

  test('still tells about its health', async () => {
    const { inject } = standInServer({ loadShedder: full });
    for (const path of ['/health/live', '/health/ready']) {
      assert.equal((await inject(path)).statusCode, 200);
    }
  });

  test('asks for nothing before it turns away: not for the caller, and not for the quota', async () => {
    const never = () => assert.fail('it was asked');
    const quota = { quota: 1, windowMs: 1_000 };
    const { inject } = standInServer({
      loadShedder: full,
      auth: { ...standInAuth, authenticate: never },
      limits: {
        rateLimit: { consume: never, state: never },
        default: quota,
        auth: quota,
        anonymous: quota,
      },
    });
    const answer = await inject({ url: '/v1/tasks', headers: { authorization: 'Bearer good' } });
    assert.equal(answer.statusCode, 503);
  });

  test('drops the body of what it turns away, and the connection goes on', async (t) => {
    const server = standInServer({ loadShedder: full });
    const { port } = await server.listen('127.0.0.1', 0);
    t.after(() => server.close());
    const connection = await RawConnection.open(port);
    t.after(() => connection.destroy());
    const head = 'POST /v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    connection.send(`${head}Content-Length: 500000\r\n\r\n${'a'.repeat(500_000)}`);
    assert.equal((await connection.answer()).statusCode, 503);
    connection.send('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.equal((await connection.answer()).statusCode, 200);
  });
});

test('what is at work is known until it is done, whatever comes of it', async () => {
  const atWork = new Set<number>();
  let seen = 0;
  const loadShedder: LoadShedder = {
    ...full,
    admits: () => true,
    enter: () => {
      atWork.add(++seen);
      return seen;
    },
    leave: (entered) => assert.ok(atWork.delete(entered)),
  };
  const records = standInRecords({
    async read() {
      assert.equal(atWork.size, 1);
      throw new Error('broken');
    },
  });
  const { inject } = standInServer({ loadShedder, records });
  assert.equal((await inject('/v1/tasks')).statusCode, 200);
  assert.equal((await inject('/v1/tasks/1')).statusCode, 500);
  assert.equal((await inject({ method: 'DELETE', url: '/v1/tasks/1' })).statusCode, 204);
  assert.deepEqual([seen, atWork.size], [3, 0]);
});
