import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Position } from '#domain/changes.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openLogged } from './fixture.ts';

eachDatabase((kind) => {
  test('what is old is pruned in steps, oldest first, and a reader from before is told that it is gone', async () => {
    const log = await openLogged(await kind.open());
    const start = await log.position();
    const records = Array.from({ length: 5 }, () => log.make());
    for (const record of records) await log.create('notes', record);
    const [, second] = await log.since(start);
    await log.sql(
      `UPDATE "_plinth_changes" SET "at" = '2020-01-01T00:00:00.000Z' WHERE "record" <> '${records[4]?.id}'`,
    );
    const prune = (limit: number) =>
      log.database.write((transaction) =>
        log.changes.prune(transaction, { before: '2021-01-01T00:00:00.000Z', limit }),
      );

    assert.equal(await prune(2), 2);
    assert.equal(await log.page(start), undefined);
    assert.deepEqual(
      (await log.since(second?.position as Position)).map(({ id }) => id),
      records.slice(2).map(({ id }) => id),
    );
    assert.equal(await prune(100), 2);
    assert.equal(await prune(100), 0);
    assert.equal(await log.page(second?.position as Position), undefined);
  });

  test('the newest entry is never pruned, so that positions go on where they were', async () => {
    const log = await openLogged(await kind.open());
    const start = await log.position();
    await log.create('notes', log.make());
    await log.create('notes', log.make());
    const end = await log.position();
    const removed = await log.database.write((transaction) =>
      log.changes.prune(transaction, { before: '2999-01-01T00:00:00.000Z', limit: 10 }),
    );
    assert.equal(removed, 1);
    assert.equal(await log.page(start), undefined);
    assert.equal(await log.position(), end);
    assert.deepEqual(await log.since(end), []);
    const record = log.make();
    await log.create('notes', record);
    assert.deepEqual(
      (await log.since(end)).map(({ id }) => id),
      [record.id],
    );
  });

  test('a position of another database, of its future, or of nowhere is none of this log', async () => {
    const [log, other] = [await openLogged(await kind.open()), await openLogged(await kind.open())];
    const [epoch] = (await log.position()).split('.');
    for (const position of [await other.position(), `${epoch}.999`, '', 'x', `${epoch}.`, `${epoch}.-1`])
      assert.equal(await log.page(position as Position), undefined, position);
  });

  test('a page ends after its limit, and the next one goes on there; other collections are passed over', async () => {
    const log = await openLogged(await kind.open());
    const start = await log.position();
    for (let n = 0; n < 3; n++) {
      await log.create('teams', log.make({ name: String(n) }));
      await log.create('notes', log.make({ title: String(n) }));
    }
    const collections = [log.collection('notes')];
    const read = (after: Position) =>
      log.database.read((reader) => log.changes.read(reader, { after, limit: 2, collections }));
    const first = await read(start);
    const second = await read(first?.next as Position);
    const titles = [first, second].map((page) => page?.changes.map(({ after }) => after?.title));
    assert.deepEqual(titles, [['0', '1'], ['2']]);
    assert.equal(second?.next, await log.position());
  });
});
