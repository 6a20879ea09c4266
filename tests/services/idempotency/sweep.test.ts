import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf } from '#domain/access/principal.ts';
import type { IdempotencyService } from '#services/idempotency/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { counting, isReplayed, keysIn, openKeyed, request } from './fixture.ts';
import { hourMs } from '../../support/plinth/clock.ts';

async function give(idempotency: IdempotencyService, count: number, prefix = 'k') {
  for (let index = 0; index < count; index++) {
    await idempotency.execute({ ...request, key: `${prefix}${index}` }, counting().operation);
  }
}

/** A sweep begins at start, and stopping waits for it. */
async function sweep(idempotency: IdempotencyService): Promise<void> {
  idempotency.start();
  await idempotency.stop();
}

eachDatabase((kind) => {
  test('what has expired is cleared away, and nothing else', async () => {
    const { database, idempotency, clock } = await openKeyed(kind);
    await give(idempotency, 3, 'old');
    clock.advance(12 * hourMs);
    await give(idempotency, 2, 'new');
    clock.advance(12 * hourMs);
    await sweep(idempotency);
    assert.equal(await keysIn(database), 2);
  });

  test('the number of kept answers is bounded: those that would expire first go first', async () => {
    const { database, idempotency, clock } = await openKeyed(kind, { keysMax: 4 });
    for (let index = 0; index < 10; index++) {
      await give(idempotency, 1, `round ${index} `);
      clock.advance(1000);
    }
    await sweep(idempotency);
    assert.equal(await keysIn(database), 4);
    const { counts, operation } = counting();
    assert.equal(await isReplayed(idempotency.execute({ ...request, key: 'round 9 0' }, operation)), true);
    assert.equal(await isReplayed(idempotency.execute({ ...request, key: 'round 5 0' }, operation)), false);
    assert.equal(counts.done, 1);
  });

  test("who sends the most keys pushes out their own answers, and nobody else's", async () => {
    const { database, idempotency, clock } = await openKeyed(kind, { keysMax: 10 });
    const user = principalOf(
      { id: 'b', createdAt: '', updatedAt: '', version: 1, role: 'user' },
      { kind: 'session', id: 's' },
    );
    const modest = [
      { ...request, principal: user, key: 'first' },
      { ...request, address: '192.0.2.2', key: 'first' },
    ];
    for (const each of modest) await idempotency.execute(each, counting().operation);
    clock.advance(1000);
    // Every address of a household is in the same room, and every key of theirs is apart.
    for (let index = 0; index < 30; index++) {
      const greedy = { ...request, address: `2001:db8:1:1::${index % 3}`, key: `${index}` };
      await idempotency.execute(greedy, counting().operation);
      clock.advance(1000);
    }
    await sweep(idempotency);
    assert.equal(await keysIn(database), 10);
    for (const each of modest) {
      assert.equal(await isReplayed(idempotency.execute(each, counting().operation)), true);
    }
    const last = { ...request, address: '2001:db8:1:1::2', key: '29' };
    assert.equal(await isReplayed(idempotency.execute(last, counting().operation)), true);
  });

  test('everybody keeps one answer, however many there are', async () => {
    const { database, idempotency, clock } = await openKeyed(kind, { keysMax: 2 });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      for (const key of ['1', '2']) {
        await idempotency.execute({ ...request, address, key }, counting().operation);
        clock.advance(1000);
      }
    }
    await sweep(idempotency);
    assert.equal(await keysIn(database), 3);
    const last = { ...request, address: '192.0.2.1', key: '2' };
    assert.equal(await isReplayed(idempotency.execute(last, counting().operation)), true);
  });

  for (const [keysMax, kept] of [
    [10, 2],
    [3, 1],
  ] as const) {
    test(`long answers count as several: of three, room for ${keysMax} keeps ${kept}`, async () => {
      const { database, idempotency, clock } = await openKeyed(kind, { keysMax });
      const { operation: long } = counting(undefined, 'ü'.repeat(10_000));
      for (const key of ['1', '2', '3']) {
        await idempotency.execute({ ...request, key }, long);
        clock.advance(1000);
      }
      await sweep(idempotency);
      assert.equal(await keysIn(database), kept);
      assert.equal(await isReplayed(idempotency.execute({ ...request, key: '3' }, long)), true);
    });
  }

  test('a flood of answers is not kept until the next sweep is due', async () => {
    const { database, idempotency } = await openKeyed(kind, { keysMax: 8 });
    idempotency.start();
    await give(idempotency, 50);
    await idempotency.stop();
    assert.ok((await keysIn(database)) <= 10);
  });
});
