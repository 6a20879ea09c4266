import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '#domain/changes.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { eachDatabase } from '../../support/databases.ts';
import { actor, openLogged, type Logged } from './fixture.ts';

/** What an entry says, without where and when. */
function told({ collection, id, kind, version, actor, before, after }: Change) {
  return { collection, id, kind, version, actor, before, after };
}

function nullsOf({ collection }: Logged, name: string): Record<string, null> {
  return Object.fromEntries([...collection(name).properties.keys()].map((property) => [property, null]));
}

eachDatabase((kind) => {
  test('a created record is one entry: all kinds of values, and the one who did it', async () => {
    const log = await openLogged(await kind.open());
    const start = await log.position();
    const record = log.make({
      title: 'It’s "quoted" \\ and\nmore 🎉',
      count: Number.MAX_SAFE_INTEGER,
      weight: 0.1 + 0.2,
      price: '-12345678901234567890.10',
      done: false,
      dueOn: '2026-02-28',
      at: '2026-01-31T10:00:00.120Z',
      labels: ['a', 'b'],
      anything: { a: null, b: [1, { c: true }] },
      team: null,
      parent: null,
    });
    await log.create('notes', record, actor);
    const [change, ...others] = await log.since(start);
    assert.deepEqual(others, []);
    assert.ok(change);
    const { id, version } = record;
    assert.deepEqual(told(change), {
      collection: 'notes',
      id,
      kind: 'create',
      version,
      actor,
      before: null,
      after: record,
    });
    assert.match(change.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Math.abs(Date.parse(change.at) - Date.now()) < 60_000);
    assert.deepEqual(Object.keys(change.after as StoredRecord), [
      ...log.collection('notes').properties.keys(),
    ]);
  });

  test('a changed and a deleted record are an entry each, with the record before and after', async () => {
    const log = await openLogged(await kind.open());
    const record = { ...nullsOf(log, 'notes'), ...log.make({ title: 'one' }) } as StoredRecord;
    await log.create('notes', record);
    const start = await log.position();
    const changed = { ...record, title: 'two', version: 2, updatedAt: '2026-02-01T10:00:00.000Z' };
    const notes = log.collection('notes');
    await log.database.write((transaction) => log.records.update(transaction, notes, record, changed), {
      actor,
    });
    await log.database.write((transaction) =>
      log.records.remove(transaction, log.collections.current(), notes, record.id),
    );
    const { id } = record;
    assert.deepEqual((await log.since(start)).map(told), [
      { collection: 'notes', id, kind: 'update', version: 2, actor, before: record, after: changed },
      { collection: 'notes', id, kind: 'delete', version: 2, actor: null, before: changed, after: null },
    ]);
  });

  test('what goes along in a cascade is an entry each, under the one who began it', async () => {
    const log = await openLogged(await kind.open());
    const team = log.make({ name: 'A' });
    await log.create('teams', team);
    const note = log.make({ title: 'of the team', team: team.id });
    await log.create('notes', note);
    const user = log.make({ email: 'ada@example.com', role: 'user', verified: false, team: team.id });
    await log.create('users', user);
    const start = await log.position();
    await log.database.write(
      (transaction) =>
        log.records.remove(transaction, log.collections.current(), log.collection('teams'), team.id),
      { actor },
    );
    const entries = await log.since(start);
    assert.deepEqual(
      entries.map((entry) => [entry.collection, entry.id, entry.kind, entry.actor].join(' ')).toSorted(),
      [
        `notes ${note.id} delete ${actor}`,
        `teams ${team.id} delete ${actor}`,
        `users ${user.id} delete ${actor}`,
      ],
    );
    assert.equal(entries.find(({ collection }) => collection === 'notes')?.before?.title, 'of the team');
  });

  test('a tree that goes from its root is an entry for each record', async () => {
    const tree = { name: 'nodes', properties: { up: { reference: 'nodes', onDelete: 'cascade' as const } } };
    const log = await openLogged(await kind.open(), [{ name: 'users', properties: {} }, tree]);
    const nodes: StoredRecord[] = [];
    for (let depth = 0; depth < 5; depth++) {
      const node = log.make({ up: nodes.at(-1)?.id ?? null });
      await log.create('nodes', node);
      nodes.push(node);
    }
    const start = await log.position();
    await log.sql(`DELETE FROM "nodes" WHERE "id" = '${nodes[0]?.id}'`);
    assert.deepEqual(
      (await log.since(start)).map(({ id }) => id).toSorted(),
      nodes.map(({ id }) => id).toSorted(),
    );
  });

  test('a reference that is set to null is a new version of the record, stored and told alike', async () => {
    const log = await openLogged(await kind.open());
    const parent = log.make({ title: 'parent' });
    await log.create('notes', parent);
    const child = {
      ...nullsOf(log, 'notes'),
      ...log.make({ title: 'child', parent: parent.id }),
    } as StoredRecord;
    await log.create('notes', child);
    const start = await log.position();
    await log.database.write(
      (transaction) =>
        log.records.remove(transaction, log.collections.current(), log.collection('notes'), parent.id),
      { actor },
    );
    const entries = await log.since(start);
    const update = entries.find((entry) => entry.kind === 'update');
    const stored = await log.database.read((reader) =>
      log.records.find(reader, log.collection('notes'), child.id),
    );
    assert.equal(entries.length, 2);
    assert.deepEqual(update?.before, child);
    assert.deepEqual(update?.after, stored);
    assert.equal(stored?.version, 2);
    assert.equal(stored?.parent, null);
    assert.notEqual(stored?.updatedAt, child.updatedAt);
    assert.equal(update?.version, 2);
  });

  test('SQL by hand is told as well, and moves the version; what changes nothing is not', async () => {
    const log = await openLogged(await kind.open());
    const record = log.make({ title: 'one', done: true });
    await log.create('notes', record);
    const start = await log.position();
    await log.sql(`UPDATE "notes" SET "title" = 'by hand'`);
    await log.sql(`UPDATE "notes" SET "title" = "title"`);
    await log.sql('DELETE FROM "notes"');
    const [update, gone, ...others] = await log.since(start);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [update?.kind, update?.version, update?.after?.title, update?.actor],
      ['update', 2, 'by hand', null],
    );
    assert.deepEqual([gone?.kind, gone?.version, gone?.before?.done], ['delete', 2, true]);
  });

  test('nothing is told of what is rolled back, with others in its commit or without', async () => {
    const log = await openLogged(await kind.open());
    const start = await log.position();
    const kept = [log.make({ title: 'kept' }), log.make({ title: 'kept too' })] as const;
    const given = log.make({ title: 'given up' });
    const notes = log.collection('notes');
    const other = '019b0000-0000-7000-8000-00000000bbbb';
    const outcomes = await Promise.allSettled([
      log.create('notes', kept[0], actor),
      log.database.write(
        async (transaction) => {
          await log.records.insert(transaction, notes, given);
          throw new Error('changed my mind');
        },
        { actor: other },
      ),
      log.create('notes', kept[1]),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const entries = await log.since(start);
    assert.deepEqual(
      entries.map((entry) => `${entry.id} ${entry.actor}`).toSorted(),
      [`${kept[0].id} ${actor}`, `${kept[1].id} null`].toSorted(),
    );
  });

  test('a collection without changes is left out, and has its versions moved all the same', async () => {
    const log = await openLogged(await kind.open());
    const team = log.make({ name: 'A' });
    await log.create('teams', team);
    const line = log.make({ line: 'x', team: team.id });
    const start = await log.position();
    await log.create('logs', line);
    await log.sql('DELETE FROM "teams"');
    assert.deepEqual(
      (await log.since(start)).map(({ collection }) => collection),
      ['teams'],
    );
    const stored = await log.database.read((reader) =>
      log.records.find(reader, log.collection('logs'), line.id),
    );
    assert.deepEqual([stored?.team, stored?.version], [null, 2]);
  });
});
