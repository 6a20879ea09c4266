import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { openLogged } from './fixture.ts';

eachDatabase((kind) => {
  test('those who watch commits are told before the write is acknowledged: which records, and no more', async () => {
    const log = await openLogged(await kind.open());
    const team = log.make({ name: 'A' });
    await log.create('teams', team);
    const note = log.make({ team: team.id });
    await log.create('notes', note);
    const seen: unknown[] = [];
    log.database.onCommit((changed) =>
      seen.push(Object.fromEntries([...(changed ?? [])].map(([name, ids]) => [name, ids && [...ids]]))),
    );
    await log.sql('DELETE FROM "teams"').then(() => seen.push('acknowledged'));
    await log.sql('DELETE FROM "teams"');
    assert.deepEqual(seen, [{ teams: [team.id], notes: [note.id] }, 'acknowledged']);
  });

  test('those who watch commits are told of many changes without their ids', async () => {
    const log = await openLogged(await kind.open());
    const seen: unknown[] = [];
    log.database.onCommit((changed) => seen.push([...(changed ?? [])]));
    const notes = log.collection('notes');
    await log.database.write(async (transaction) => {
      for (let n = 0; n < 1_500; n++) await log.records.insert(transaction, notes, log.make());
    });
    assert.deepEqual(seen, [[['notes', null]]]);
  });

  test('a commit of many changes names no ids at all, of whichever collection', async () => {
    const log = await openLogged(await kind.open());
    const seen: unknown[] = [];
    log.database.onCommit((changed) => seen.push(Object.fromEntries(changed ?? [])));
    await log.database.write(async (transaction) => {
      for (const name of ['teams', 'notes']) {
        for (let n = 0; n < 600; n++) await log.records.insert(transaction, log.collection(name), log.make());
      }
    });
    assert.deepEqual(seen, [{ teams: null, notes: null }]);
  });

  if (kind.name === 'postgres')
    test('PostgreSQL: what a transaction notes of its changes does not stay long, so that each of many is cheap', async () => {
      const log = await openLogged(await kind.open());
      const [noted] = await log.database.write(async (transaction) => {
        for (let n = 0; n < 200; n++)
          await log.records.insert(transaction, log.collection(n % 2 ? 'teams' : 'notes'), log.make());
        return transaction.all<{ changed: string }>({
          sql: `SELECT current_setting('plinth.changed') AS "changed"`,
          parameters: [],
        });
      });
      assert.equal(noted?.changed, 'notes/* teams/* ');
    });
});
