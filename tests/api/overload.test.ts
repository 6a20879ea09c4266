import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { standInServer } from '../support/stand-ins.ts';

describe('a server with more to do than it can', () => {
  test('turns requests away with 503 and says when to come back', async () => {
    const { inject, lines } = standInServer({ isOverloaded: () => true });
    const answer = await inject('/v1/tasks');
    assert.equal(answer.statusCode, 503);
    assert.equal(answer.json().code, 'unavailable');
    assert.match(String(answer.headers['retry-after']), /^[123]$/);
    assert.equal(lines.filter(({ level, status }) => level === 'warn' && status === 503).length, 1);
  });

  test('still tells about its health', async () => {
    const { inject } = standInServer({ isOverloaded: () => true });
    for (const path of ['/health/live', '/health/ready']) {
      assert.equal((await inject(path)).statusCode, 200);
    }
  });

  test('asks for nothing before it turns away: not for the caller, and not for the quota', async () => {
    const never = () => assert.fail('it was asked');
    const quota = { quota: 1, windowMs: 1_000 };
    const { inject } = standInServer({
      isOverloaded: () => true,
      auth: { authenticate: never } as never,
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
});
