import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { principalOf } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { createSessionCache, type ActiveSession, type SessionCache } from '#services/auth/session-cache.ts';
import { TestClock } from '../../support/plinth/clock.ts';

function active(userId: string, role = 'user'): ActiveSession {
  const user = { id: userId, role } as unknown as StoredRecord;
  return { principal: principalOf(user, { kind: 'session', id: 's' }), expiresAtMs: Infinity };
}

/** Loads are answered by hand, in any order. */
function setting() {
  const clock = new TestClock();
  const loads: PromiseWithResolvers<ActiveSession | null>[] = [];
  const load = () => {
    const answer = Promise.withResolvers<ActiveSession | null>();
    loads.push(answer);
    return answer.promise;
  };
  return { clock, loads, sessionCache: createSessionCache({ load, clock }) };
}

suite('what is known of a session', () => {
  test('is asked for once by many, and kept for three seconds', async () => {
    const { sessionCache, loads, clock } = setting();
    const asked = [sessionCache.get('a'), sessionCache.get('a'), sessionCache.get('a')];
    assert.equal(loads.length, 1);
    loads[0]?.resolve(active('ada'));
    for (const answer of asked) assert.equal((await answer)?.principal.user.id, 'ada');
    clock.advance(2_999);
    await sessionCache.get('a');
    assert.equal(loads.length, 1);
    clock.advance(1);
    void sessionCache.get('a');
    assert.equal(loads.length, 2);
  });

  test('ages from the moment it was asked for, not from the answer', async () => {
    const { sessionCache, loads, clock } = setting();
    const asked = sessionCache.get('a');
    clock.advance(2_999);
    loads[0]?.resolve(active('ada'));
    await asked;
    clock.advance(1);
    void sessionCache.get('a');
    assert.equal(loads.length, 2);
  });

  test('is asked for again after it was forgotten, also while the first answer is on its way', async () => {
    for (const invalidate of [
      (cache: SessionCache) => cache.invalidateSession('a'),
      (cache: SessionCache) => cache.invalidateUsers(new Set(['ada'])),
      (cache: SessionCache) => cache.invalidateAll(),
    ]) {
      const { sessionCache, loads } = setting();
      const before = sessionCache.get('a');
      invalidate(sessionCache);
      const after = sessionCache.get('a');
      assert.equal(loads.length, 2, String(invalidate));
      loads[1]?.resolve(null);
      assert.equal(await after, null);
      loads[0]?.resolve(active('ada'));
      assert.equal((await before)?.principal.user.id, 'ada', 'who asked before may still get the old answer');
      assert.equal(await sessionCache.get('a'), null, 'and it replaces nothing');
    }
  });

  test('of other users stays when one is forgotten', async () => {
    const { sessionCache, loads } = setting();
    const asked = [sessionCache.get('a'), sessionCache.get('b')];
    loads[0]?.resolve(active('ada'));
    loads[1]?.resolve(active('bob'));
    await Promise.all(asked);
    sessionCache.invalidateUsers(new Set(['ada']));
    assert.equal((await sessionCache.get('b'))?.principal.user.id, 'bob');
    assert.equal(loads.length, 2);
    void sessionCache.get('a');
    assert.equal(loads.length, 3);
  });

  test('is not known after a failed look-up, and the next request asks again', async () => {
    const { sessionCache, loads } = setting();
    const asked = sessionCache.get('a');
    loads[0]?.reject(new Error('the database is away'));
    await assert.rejects(asked, /away/);
    void sessionCache.get('a');
    assert.equal(loads.length, 2);
  });

  test('is asked for again when the clock was set back', async () => {
    const { sessionCache, loads, clock } = setting();
    const asked = sessionCache.get('a');
    loads[0]?.resolve(active('ada'));
    await asked;
    clock.advance(-1);
    void sessionCache.get('a');
    assert.equal(loads.length, 2);
  });
});
