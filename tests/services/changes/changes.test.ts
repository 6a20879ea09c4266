import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPrincipal } from '#domain/access/principal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { ChangeNotice, ChangesService } from '#services/changes/index.ts';
import { eachDatabase } from '../../support/databases.ts';
import { dayMs } from '../../support/plinth/clock.ts';
import { openServices, type Services } from '../../support/plinth/services.ts';

const definitions: readonly CollectionDefinition[] = [
  { name: 'notes', properties: { title: { type: 'string' } } },
  { name: 'teams', properties: {} },
];

const create = ({ records }: Services, name: string) => records.create(systemPrincipal, name, {}, new Map());

/** What a subscriber is told, to be waited for. */
function listen(changes: ChangesService) {
  const notices: ChangeNotice[] = [];
  let arrived = Promise.withResolvers<void>();
  const unsubscribe = changes.subscribe((notice) => {
    notices.push(notice);
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  async function until(isIt: (notice: ChangeNotice) => boolean): Promise<ChangeNotice> {
    for (;;) {
      const found = notices.find(isIt);
      if (found !== undefined) return found;
      await arrived.promise;
    }
  }
  return { notices, until, unsubscribe };
}

eachDatabase((kind) => {
  test('subscribers are told of what happens here until they have had enough', async () => {
    const services = await openServices(kind, { definitions });
    const { notices, unsubscribe } = listen(services.changes);
    const { id } = await create(services, 'notes');
    assert.deepEqual(notices, [{ origin: 'here', changed: new Map([['notes', new Set([id])]]) }]);
    unsubscribe();
    await create(services, 'notes');
    assert.equal(notices.length, 1);
  });

  test('what another process has changed is told from the start on, and after a stop no more', async () => {
    const services = await openServices(kind, { definitions });
    const other = await services.openReplica();
    const { until, notices } = listen(services.changes);
    services.changes.start();
    // Whatever was known before the start may be outdated.
    await until(({ origin, changed }) => origin === 'elsewhere' && changed === undefined);
    const { id } = await create(other, 'notes');
    services.changes.wake();
    const told = await until(({ changed }) => changed?.has('notes') === true);
    assert.deepEqual(told, { origin: 'elsewhere', changed: new Map([['notes', new Set([id])]]) });
    await services.changes.stop();
    const before = notices.length;
    await create(other, 'notes');
    services.changes.wake();
    await services.changes.read(await services.changes.position(), { limit: 1 });
    assert.equal(notices.length, before);
  });

  test(
    'it is found without being woken, too, and there is more than a page of it',
    { timeout: 20_000 },
    async () => {
      const services = await openServices(kind, { definitions });
      const other = await services.openReplica();
      const { until } = listen(services.changes);
      services.changes.start();
      try {
        await until(({ changed }) => changed === undefined);
        const notes = other.collections.current().collections.get('notes');
        assert.ok(notes);
        const many = 2_500;
        const sql =
          kind.name === 'sqlite'
            ? `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many})
             INSERT INTO "notes" ("id", "createdAt", "updatedAt", "version") SELECT printf('019b0000-0000-7000-8000-%012d', i), '', '', 1 FROM n`
            : `INSERT INTO "notes" ("id", "createdAt", "updatedAt", "version")
             SELECT gen_random_uuid(), now(), now(), 1 FROM generate_series(1, ${many})`;
        await other.database.write((transaction) => transaction.run({ sql, parameters: [] }));
        await create(other, 'teams');
        const told = await until(({ changed }) => changed?.has('teams') === true);
        assert.ok((told.changed?.get('notes')?.size ?? 0) <= 1_000);
      } finally {
        await services.changes.stop();
      }
    },
  );

  test('entries are read in the words of the collections in force, or of some of them', async () => {
    const services = await openServices(kind, { definitions });
    const start = await services.changes.position();
    const note = await create(services, 'notes');
    const team = await create(services, 'teams');
    const all = await services.changes.read(start, { limit: 10 });
    assert.deepEqual(
      all?.changes.map(({ id }) => id),
      [note.id, team.id],
    );
    const some = await services.changes.read(start, { limit: 10, collections: new Set(['teams', 'none']) });
    assert.deepEqual(
      some?.changes.map(({ id }) => id),
      [team.id],
    );
    assert.equal(some?.next, all?.next);
  });

  test('at its start it removes what is older than it reaches back', async () => {
    const services = await openServices(kind, { definitions });
    const start = await services.changes.position();
    for (let n = 0; n < 3; n++) await create(services, 'notes');
    services.clock.advance(Date.now() - services.clock.now().getTime() + 8 * dayMs);
    const last = await create(services, 'notes');
    services.changes.start();
    await services.changes.stop();
    assert.equal(await services.changes.read(start, { limit: 10 }), undefined);
    assert.ok(last);
  });
});
