import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { principalOf } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createIdempotency, type FirstAttempt } from '#services/idempotency/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { counting, keysIn, request } from './fixture.ts';
import { hourMs } from '../../support/plinth/clock.ts';
import { quiet } from '../../support/plinth/log.ts';
import { openServices } from '../../support/plinth/services.ts';

function failing(error: unknown, kept: boolean): FirstAttempt<never> {
  return {
    run: () => Promise.reject(error),
    toResponse: () => assert.fail('it was not carried out'),
    toErrorResponse: () => (kept ? { status: 422, headers: { a: 'b' }, body: 'no' } : undefined),
  };
}

const codeOf = (error: unknown) => (error as Problem).code;

eachDatabase((kind) => {
  test('an answer is given again for 24 hours, then the request is a new one', async () => {
    const { database, idempotency, clock } = await openServices(kind);
    const { counts, firstTime } = counting(database);
    assert.equal((await idempotency.runOnce(request, firstTime)).replayed, false);
    clock.advance(24 * hourMs - 1);
    assert.deepEqual(await idempotency.runOnce(request, firstTime), {
      status: 201,
      headers: {},
      body: '1',
      replayed: true,
    });
    clock.advance(1);
    assert.equal((await idempotency.runOnce(request, firstTime)).replayed, false);
    assert.deepEqual(counts, { begun: 2, done: 2 });
    assert.equal(
      (await idempotency.runOnce({ ...request, body: undefined, key: 'l' }, firstTime)).replayed,
      false,
    );
  });

  test('a replay is a look-up: nothing is written', async () => {
    const { database, idempotency, clock } = await openServices(kind);
    const { firstTime } = counting(database);
    await idempotency.runOnce(request, firstTime);
    const readOnly = { ...database, write: () => assert.fail('a replay writes') };
    const other = createIdempotency({ database: readOnly, clock, log: quiet });
    assert.equal((await other.runOnce(request, firstTime)).replayed, true);
  });

  test('a refusal is kept, what is about the moment is not', async () => {
    const { database, idempotency } = await openServices(kind);
    const bug = new Error('a bug');
    await assert.rejects(idempotency.runOnce(request, failing(bug, false)), bug);
    assert.equal(await keysIn(database), 0);
    const refused = await idempotency.runOnce(request, failing(new Problem('validation_failed'), true));
    assert.deepEqual(refused, { status: 422, headers: { a: 'b' }, body: 'no', replayed: false });
    const { counts, firstTime } = counting(database);
    assert.deepEqual(await idempotency.runOnce(request, firstTime), { ...refused, replayed: true });
    assert.equal(counts.begun, 0);
  });

  test('anonymous callers are told apart by address, and from everybody who is signed in', async () => {
    const { database, idempotency } = await openServices(kind);
    const { counts, firstTime } = counting(database);
    const user = (id: string) =>
      principalOf(
        { id, createdAt: '', updatedAt: '', version: 1, role: 'user' },
        { kind: 'session', id: 's' },
      );
    const requests = [
      request,
      { ...request, address: '192.0.2.2' },
      { ...request, principal: user('192.0.2.1') },
      { ...request, principal: user('b') },
    ];
    for (const each of requests) assert.equal((await idempotency.runOnce(each, firstTime)).replayed, false);
    for (const each of requests) assert.equal((await idempotency.runOnce(each, firstTime)).replayed, true);
    assert.equal(counts.done, 4);
    const moved = { ...request, principal: user('b'), address: '198.51.100.7' };
    assert.equal((await idempotency.runOnce(moved, firstTime)).replayed, true);
  });

  test('a twin in flight is refused, here and at another replica, and leaves nothing behind', async () => {
    const { database, idempotency, openReplica } = await openServices(kind);
    const other = await openReplica();
    const inside = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { counts, firstTime } = counting(database, async () => {
      inside.resolve();
      await goOn.promise;
    });
    const first = idempotency.runOnce(request, firstTime);
    await inside.promise;
    await assert.rejects(idempotency.runOnce(request, counting(database).firstTime), {
      code: 'request_in_progress',
    });
    await assert.rejects(idempotency.runOnce({ ...request, target: '/v1/others' }, firstTime), {
      code: 'idempotency_mismatch',
    });
    // SQLite has one writer: there the other replica waits, and then finds the answer.
    const there = counting(other.database);
    const twin = other.idempotency.runOnce(request, there.firstTime);
    const told =
      kind.name === 'postgres' ? await Promise.race([twin.catch(codeOf), delay(5_000)]) : undefined;
    goOn.resolve();
    assert.equal((await first).replayed, false);
    if (kind.name === 'postgres') assert.equal(told, 'request_in_progress');
    else assert.equal((await twin).replayed, true);
    assert.deepEqual([counts.done, there.counts.done], [1, 0]);
    assert.equal((await other.idempotency.runOnce(request, there.firstTime)).replayed, true);
    assert.equal(await keysIn(database), 1);
  });
});
