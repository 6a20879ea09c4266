import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DefinitionsChanged } from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { systemPrincipal as admin } from '#domain/access/principal.ts';
import { eachDatabase, testDatabase } from '../../support/databases.ts';
import { openServices } from '../../support/plinth/services.ts';

const title = { type: 'string' } as const;
const rules = { list: 'true', read: 'true', create: 'true' };
const before: CollectionDefinition = { name: 'notes', properties: { title }, rules };
const after: CollectionDefinition = {
  ...before,
  properties: { title, grade: { type: 'integer', default: 3 } },
  search: ['title'],
};

eachDatabase((kind) => {
  test('a create under former definitions is stored under those that another process put in force', async () => {
    const here = await openServices(kind, { definitions: [before] });
    const there = await here.openReplica();
    await there.apply([after]);
    const { record } = await here.records.create(admin, 'notes', { title: 'findable' }, new Map());
    assert.equal(record.grade, 3);
    const found = await there.records.list(admin, 'notes', new Map([['q', 'findable']]));
    assert.equal(found.data.length, 1);
  });

  test('a write that names other definitions than those in force is refused and changes nothing', async () => {
    const here = await openServices(kind, { definitions: [before] });
    const there = await here.openReplica();
    const definitions = here.collections.revision();
    await there.apply([after]);
    await assert.rejects(
      here.database.write(
        (transaction) => transaction.run({ sql: 'DELETE FROM "_plinth_collections"', parameters: [] }),
        { definitions },
      ),
      DefinitionsChanged,
    );
    assert.equal((await there.collections.plan([])).steps.length > 0, true);
  });
});

describe('on postgres, where a change can be made within the time of a transaction', () => {
  for (const isSerial of [false, true]) {
    test(`one that is ${isSerial ? '' : 'not '}serializable is refused when it commits after the change`, async () => {
      const here = await openServices(testDatabase('postgres'), { definitions: [before] });
      const there = await here.openReplica();
      const definitions = here.collections.revision();
      let attempts = 0;
      await assert.rejects(
        here.database.write(
          async (transaction) => {
            attempts += 1;
            await transaction.all({ sql: 'SELECT 1 FROM "_plinth_generations"', parameters: [] });
            if (attempts === 1) await there.apply([after]);
          },
          { definitions, isSerial },
        ),
        DefinitionsChanged,
      );
      assert.equal(attempts, isSerial ? 2 : 1);
    });
  }
});
