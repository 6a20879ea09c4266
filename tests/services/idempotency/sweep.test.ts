import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '#data/index.ts';
import { principalOf } from '#domain/access/principal.ts';
import type { IdempotencyService } from '#services/idempotency/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { counting, hourMs, keysIn, openRig, request } from './rig.ts';

async function give(service: IdempotencyService, database: Database, count: number, prefix = 'k') {
  for (let index = 0; index < count; index++) {
    await service.runOnce({ ...request, key: `${prefix}${index}` }, counting(database).firstTime);
  }
}

/** A sweep begins at start, and stopping waits for it. */
async function sweep(service: IdempotencyService): Promise<void> {
  service.start();
  await service.stop();
}

eachDatabase((kind) => {
  test('what has expired is cleared away, and nothing else', async () => {
    const { database, service, time } = await openRig(kind);
    await give(service, database, 3, 'old');
    time.ms += 12 * hourMs;
    await give(service, database, 2, 'new');
    time.ms += 12 * hourMs;
    await sweep(service);
    assert.equal(await keysIn(database), 2);
  });

  test('the number of kept answers is bounded: those that would expire first go first', async () => {
    const { database, service, time } = await openRig(kind, { keptMax: 4 });
    for (let index = 0; index < 10; index++) {
      await give(service, database, 1, `round ${index} `);
      time.ms += 1000;
    }
    await sweep(service);
    assert.equal(await keysIn(database), 4);
    const { counts, firstTime } = counting(database);
    assert.equal((await service.runOnce({ ...request, key: 'round 9 0' }, firstTime)).replayed, true);
    assert.equal((await service.runOnce({ ...request, key: 'round 5 0' }, firstTime)).replayed, false);
    assert.equal(counts.done, 1);
  });

  test("who sends the most keys pushes out their own answers, and nobody else's", async () => {
    const { database, service, time } = await openRig(kind, { keptMax: 10 });
    const user = principalOf(
      { id: 'b', createdAt: '', updatedAt: '', version: 1, role: 'user' },
      { kind: 'session', id: 's' },
    );
    const modest = [
      { ...request, principal: user, key: 'first' },
      { ...request, address: '192.0.2.2', key: 'first' },
    ];
    for (const each of modest) await service.runOnce(each, counting(database).firstTime);
    time.ms += 1000;
    // Every address of a household is in the same room, and every key of theirs is apart.
    for (let index = 0; index < 30; index++) {
      const greedy = { ...request, address: `2001:db8:1:1::${index % 3}`, key: `${index}` };
      await service.runOnce(greedy, counting(database).firstTime);
      time.ms += 1000;
    }
    await sweep(service);
    assert.equal(await keysIn(database), 10);
    for (const each of modest) {
      assert.equal((await service.runOnce(each, counting(database).firstTime)).replayed, true);
    }
    const last = { ...request, address: '2001:db8:1:1::2', key: '29' };
    assert.equal((await service.runOnce(last, counting(database).firstTime)).replayed, true);
  });

  test('everybody keeps one answer, however many there are', async () => {
    const { database, service, time } = await openRig(kind, { keptMax: 2 });
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      for (const key of ['1', '2']) {
        await service.runOnce({ ...request, address, key }, counting(database).firstTime);
        time.ms += 1000;
      }
    }
    await sweep(service);
    assert.equal(await keysIn(database), 3);
    const last = { ...request, address: '192.0.2.1', key: '2' };
    assert.equal((await service.runOnce(last, counting(database).firstTime)).replayed, true);
  });

  for (const [keptMax, kept] of [
    [10, 2],
    [3, 1],
  ] as const) {
    test(`long answers count as several: of three, room for ${keptMax} keeps ${kept}`, async () => {
      const { database, service, time } = await openRig(kind, { keptMax });
      const { firstTime } = counting(database);
      const long = {
        ...firstTime,
        toResponse: () => ({ status: 200, headers: {}, body: 'ü'.repeat(10_000) }),
      };
      for (const key of ['1', '2', '3']) {
        await service.runOnce({ ...request, key }, long);
        time.ms += 1000;
      }
      await sweep(service);
      assert.equal(await keysIn(database), kept);
      assert.equal((await service.runOnce({ ...request, key: '3' }, long)).replayed, true);
    });
  }

  test('a flood of answers is not kept until the next sweep is due', async () => {
    const { database, service } = await openRig(kind, { keptMax: 8 });
    service.start();
    await give(service, database, 50);
    await service.stop();
    assert.ok((await keysIn(database)) <= 10);
  });
});
