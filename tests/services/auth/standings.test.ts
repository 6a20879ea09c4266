import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StoredRecord } from '#domain/collections/index.ts';
import { createStandings, type Standing } from '#services/auth/standings.ts';

function standing(userId: string, role = 'user'): Standing {
  const user = { id: userId, role } as unknown as StoredRecord;
  return { caller: { user, admin: role === 'admin', sessionId: 's' }, expiresAtMs: Infinity };
}

/** Loads are answered by hand, in any order. */
function setting() {
  const time = { ms: 1_000_000 };
  const loads: PromiseWithResolvers<Standing | null>[] = [];
  const load = () => {
    const answer = Promise.withResolvers<Standing | null>();
    loads.push(answer);
    return answer.promise;
  };
  return { time, loads, standings: createStandings({ load, clock: { now: () => new Date(time.ms) } }) };
}

suite('what is known of a session', () => {
  test('is asked for once by many, and kept for three seconds', async () => {
    const { standings, loads, time } = setting();
    const asked = [standings.get('a'), standings.get('a'), standings.get('a')];
    assert.equal(loads.length, 1);
    loads[0]?.resolve(standing('ada'));
    for (const answer of asked) assert.equal((await answer)?.caller.user.id, 'ada');
    time.ms += 2_999;
    await standings.get('a');
    assert.equal(loads.length, 1);
    time.ms += 1;
    void standings.get('a');
    assert.equal(loads.length, 2);
  });

  test('ages from the moment it was asked for, not from the answer', async () => {
    const { standings, loads, time } = setting();
    const asked = standings.get('a');
    time.ms += 2_999;
    loads[0]?.resolve(standing('ada'));
    await asked;
    time.ms += 1;
    void standings.get('a');
    assert.equal(loads.length, 2);
  });

  test('is asked for again after it was forgotten, also while the first answer is on its way', async () => {
    for (const forget of ['forgetSession', 'forgetUser', 'forgetAll'] as const) {
      const { standings, loads } = setting();
      const before = standings.get('a');
      standings[forget](forget === 'forgetUser' ? 'ada' : 'a');
      const after = standings.get('a');
      assert.equal(loads.length, 2, forget);
      loads[1]?.resolve(null);
      assert.equal(await after, null);
      loads[0]?.resolve(standing('ada'));
      assert.equal((await before)?.caller.user.id, 'ada', 'who asked before may still get the old answer');
      assert.equal(await standings.get('a'), null, 'and it replaces nothing');
    }
  });

  test('of other users stays when one is forgotten', async () => {
    const { standings, loads } = setting();
    const asked = [standings.get('a'), standings.get('b')];
    loads[0]?.resolve(standing('ada'));
    loads[1]?.resolve(standing('bob'));
    await Promise.all(asked);
    standings.forgetUser('ada');
    assert.equal((await standings.get('b'))?.caller.user.id, 'bob');
    assert.equal(loads.length, 2);
    void standings.get('a');
    assert.equal(loads.length, 3);
  });

  test('is not known after a failed look-up, and the next request asks again', async () => {
    const { standings, loads } = setting();
    const asked = standings.get('a');
    loads[0]?.reject(new Error('the database is away'));
    await assert.rejects(asked, /away/);
    void standings.get('a');
    assert.equal(loads.length, 2);
  });

  test('is asked for again when the clock was set back', async () => {
    const { standings, loads, time } = setting();
    const asked = standings.get('a');
    loads[0]?.resolve(standing('ada'));
    await asked;
    time.ms -= 1;
    void standings.get('a');
    assert.equal(loads.length, 2);
  });
});
