import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { test } from 'node:test';
import pg from 'pg';
import type { Transaction } from '#data/index.ts';
import type { Change } from '#domain/changes.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openLogged, type Logged } from './fixture.ts';

const writers = 8;
const transactionsEach = 60;

/** Numbers that look random, the same in each run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

eachDatabase((kind) => {
  /** Keeps a transaction open while others begin and commit. */
  async function linger(transaction: Transaction, ms: number): Promise<void> {
    if (kind.name === 'postgres')
      await transaction.all({ sql: 'SELECT pg_sleep($1)::text', parameters: [ms / 1_000] });
  }

  /** Short transactions, long ones, and some that are given up; each changes a record that all change, and makes two. */
  async function write(log: Logged, shared: string, seed: number): Promise<string[]> {
    const random = createRandom(seed + 1);
    const committed: string[] = [];
    for (let n = 0; n < transactionsEach; n++) {
      const records = [log.make({ title: `${seed}/${n}` }), log.make({ title: `${seed}/${n} too` })] as const;
      const [isLong, isGivenUp, isHot] = [random(5) === 0, random(10) === 0, random(3) === 0];
      const work = log.database.write(async (transaction) => {
        await log.records.insert(transaction, log.collection('notes'), records[0]);
        await linger(transaction, isLong ? random(30) : 0);
        await log.records.insert(transaction, log.collection('notes'), records[1]);
        if (isHot)
          await transaction.run({
            sql: `UPDATE "notes" SET "count" = coalesce("count", 0) + 1 WHERE "id" = '${shared}'`,
            parameters: [],
          });
        if (isLong) await linger(transaction, random(10));
        if (isGivenUp) throw new GivenUp();
      });
      await work.then(
        () => committed.push(records[0].id, records[1].id),
        (error: unknown) => assert.ok(error instanceof GivenUp, String(error)),
      );
    }
    return committed;
  }

  test(
    `a reader beside ${writers} writers finds each change once, in an order that never changes`,
    { timeout: 120_000 },
    async () => {
      const url = await kind.createUrl();
      const log = await openLogged(kind.openUrl(url));
      const reading = await openLogged(kind.openUrl(url));
      const shared = log.make({ title: 'shared' });
      await log.create('notes', shared);
      const start = await log.position();

      let isWriting = true;
      const written = Promise.all(Array.from({ length: writers }, (_, seed) => write(log, shared.id, seed)));
      void written.finally(() => (isWriting = false));
      const seen: Change[] = [];
      let position = start;
      for (let isLast = false; ;) {
        const page = await reading.page(position, 7);
        assert.ok(page);
        seen.push(...page.changes);
        position = page.next;
        if (page.changes.length === 0) {
          if (isLast) break;
          isLast = !isWriting;
        }
        await nextTurn();
      }

      const created = seen.filter((change) => change.kind === 'create').map(({ id }) => id);
      assert.deepEqual(created.toSorted(), (await written).flat().toSorted());
      const again = await reading.since(start);
      assert.deepEqual(
        seen.map((change) => change.position),
        again.map((change) => change.position),
      );
      const versions = seen.filter(({ id }) => id === shared.id).map(({ version }) => version);
      assert.ok(versions.length > 50);
      assert.deepEqual(
        versions,
        versions.map((_, index) => index + 2),
      );
    },
  );

  if (kind.name !== 'postgres') return;

  test('a long transaction elsewhere holds nothing up: in another database, or here without changes', async () => {
    const log = await openLogged(await kind.open());
    const elsewhere = new pg.Client({ connectionString: await kind.createUrl() });
    await elsewhere.connect();
    await elsewhere.query('CREATE TABLE t (n int); BEGIN; INSERT INTO t VALUES (1)');
    const start = await log.position();
    const record = log.make({ title: 'seen' });
    await log.database.write(async (transaction) => {
      await transaction.run({ sql: 'CREATE TABLE "mine" (n int)', parameters: [] });
      await log.create('notes', record);
      assert.deepEqual(
        (await log.since(start)).map(({ id }) => id),
        [record.id],
      );
    });
    await elsewhere.end();
  });

  test('what is committed after a transaction that is still open waits for it', async () => {
    const log = await openLogged(await kind.open());
    const start = await log.position();
    const [early, late] = [log.make(), log.make()];
    await log.database.write(async (transaction) => {
      await log.records.insert(transaction, log.collection('notes'), early);
      await log.create('notes', late);
      assert.deepEqual(await log.since(start), []);
      assert.equal(await log.position(), start);
    });
    assert.deepEqual(
      (await log.since(start)).map(({ id }) => id),
      [early.id, late.id],
    );
  });
});

class GivenUp extends Error {}
