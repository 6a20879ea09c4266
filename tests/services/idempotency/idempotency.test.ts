import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { principalOf } from '#domain/access/principal.ts';
import { Problem } from '#domain/errors/problem.ts';
import { createIdempotency } from '#services/idempotency/index.ts';
import { JsonText } from '#services/records/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import {
  counting,
  isReplayed,
  keysIn,
  openKeyed,
  recordResult,
  request,
  scriptedRecords,
} from './fixture.ts';
import { hourMs } from '../../support/plinth/clock.ts';
import { quiet } from '../../support/plinth/log.ts';

const failing = (error: unknown) => counting(() => Promise.reject(error)).operation;

const codeOf = (error: unknown) => (error as Problem).code;

eachDatabase((kind) => {
  test('an answer is given again for 24 hours, then the request is a new one', async () => {
    const { idempotency, clock } = await openKeyed(kind);
    const { counts, operation } = counting();
    assert.equal(await isReplayed(idempotency.execute(request, operation)), false);
    clock.advance(24 * hourMs - 1);
    const again = await idempotency.execute({ ...request, requestId: 'second' }, operation);
    const { record, ...rest } = recordResult(1);
    const result = { ...rest, record: new JsonText(JSON.stringify(record)) };
    assert.deepEqual(again, { kind: 'result', replayed: true, result });
    clock.advance(1);
    assert.equal(await isReplayed(idempotency.execute(request, operation)), false);
    assert.deepEqual(counts, { begun: 2, done: 2 });
    assert.equal(
      await isReplayed(idempotency.execute({ ...request, body: undefined, key: 'l' }, operation)),
      false,
    );
  });

  test('a replay is a look-up: nothing is written', async () => {
    const { database, idempotency, clock } = await openKeyed(kind);
    const { operation } = counting();
    await idempotency.execute(request, operation);
    const readOnly = { ...database, write: () => assert.fail('a replay writes') };
    const other = createIdempotency({
      database: readOnly,
      records: scriptedRecords(readOnly),
      clock,
      log: quiet,
    });
    assert.equal(await isReplayed(other.execute(request, operation)), true);
  });

  test('a refusal is kept, what is about the moment is not', async () => {
    const { database, idempotency } = await openKeyed(kind);
    for (const moment of [new Error('a bug'), new Problem('unavailable'), new Problem('rate_limited')]) {
      await assert.rejects(idempotency.execute(request, failing(moment)), moment);
      assert.equal(await keysIn(database), 0);
    }
    const errors = [{ pointer: '/a', code: 'type', detail: 'must be a string' }];
    const problem = new Problem('validation_failed', {
      detail: 'It is wrong',
      errors,
      cause: new Error('inside'),
    });
    await assert.rejects(idempotency.execute(request, failing(problem)), problem);
    const { counts, operation } = counting();
    const again = await idempotency.execute({ ...request, requestId: 'second' }, operation);
    assert.ok(again.kind === 'problem');
    assert.deepEqual([again.requestId, again.problem.code], ['first', 'validation_failed']);
    assert.deepEqual(again.problem.details, { detail: 'It is wrong', errors });
    assert.equal(counts.begun, 0);
  });

  test('a response that was kept whole, before results were, is given again as it was', async () => {
    const { database, idempotency, clock } = await openKeyed(kind);
    await idempotency.execute(request, counting().operation);
    const expiresAt = new Date(clock.now().getTime() + hourMs).toISOString();
    await database.write((transaction) =>
      transaction.run(
        database.build
          .updateTable('_plinth_idempotency')
          .set({ result: null, status: 201, headers: '{"etag":"\\"7\\""}', body: '{"id":"7"}', expiresAt })
          .compile(),
      ),
    );
    assert.deepEqual(await idempotency.execute(request, counting().operation), {
      kind: 'response',
      response: { status: 201, headers: { etag: '"7"' }, body: '{"id":"7"}' },
    });
  });

  test('anonymous callers are told apart by address, and from everybody who is signed in', async () => {
    const { idempotency } = await openKeyed(kind);
    const { counts, operation } = counting();
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
    for (const each of requests) assert.equal(await isReplayed(idempotency.execute(each, operation)), false);
    for (const each of requests) assert.equal(await isReplayed(idempotency.execute(each, operation)), true);
    assert.equal(counts.done, 4);
    const moved = { ...request, principal: user('b'), address: '198.51.100.7' };
    assert.equal(await isReplayed(idempotency.execute(moved, operation)), true);
  });

  test('what an admin was told is not told again to somebody who is none any more', async () => {
    const { idempotency } = await openKeyed(kind);
    const { counts, operation } = counting();
    const as = (role: string) =>
      principalOf({ id: 'a', createdAt: '', updatedAt: '', version: 1, role }, { kind: 'session', id: 's' });
    const sent = (role: string) => idempotency.execute({ ...request, principal: as(role) }, operation);
    assert.equal(await isReplayed(sent('admin')), false);
    await assert.rejects(sent('user'), { code: 'idempotency_mismatch' });
    assert.equal(await isReplayed(sent('admin')), true);
    assert.equal(counts.done, 1, 'nor is it carried out twice');
  });

  test('a twin in flight is refused, here and at another replica, and leaves nothing behind', async () => {
    const { database, idempotency, openReplica } = await openKeyed(kind);
    const other = await openReplica();
    const inside = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const { counts, operation } = counting(async () => {
      inside.resolve();
      await goOn.promise;
    });
    const first = idempotency.execute(request, operation);
    await inside.promise;
    await assert.rejects(idempotency.execute(request, counting().operation), {
      code: 'request_in_progress',
    });
    await assert.rejects(idempotency.execute({ ...request, target: '/v1/others' }, operation), {
      code: 'idempotency_mismatch',
    });
    // SQLite has one writer: there the other replica waits, and then finds the answer.
    const there = counting();
    const twin = other.idempotency.execute(request, there.operation);
    const told =
      kind.name === 'postgres' ? await Promise.race([twin.catch(codeOf), delay(5_000)]) : undefined;
    goOn.resolve();
    assert.equal(await isReplayed(first), false);
    if (kind.name === 'postgres') assert.equal(told, 'request_in_progress');
    else assert.equal(await isReplayed(twin), true);
    assert.deepEqual([counts.done, there.counts.done], [1, 0]);
    assert.equal(await isReplayed(other.idempotency.execute(request, there.operation)), true);
    assert.equal(await keysIn(database), 1);
  });
});
