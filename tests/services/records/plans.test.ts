import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Database, Reader, Statement } from '#data/index.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, query } from './fixture.ts';

const things: CollectionDefinition = {
  name: 'things',
  properties: {
    may: { type: 'integer' },
    must: { type: 'integer' },
    text: { type: 'string', maxLength: 50 },
  },
  required: ['must'],
  indexes: [['may'], ['must'], ['text', 'must'], ['createdAt']],
  rules: { list: 'true', read: 'true' },
};

/** How the database goes about a statement, in its own words. */
async function planOf(database: Database, { sql, parameters }: Statement): Promise<string> {
  const explain = database.dialect.name === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
  const rows = await database.read((reader) =>
    reader.all<Record<string, unknown>>({ sql: `${explain} ${sql}`, parameters }),
  );
  return rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n');
}

/** The lists of a database, with the statements they ran. */
function watched(database: Database): { database: Database; lists: Statement[] } {
  const lists: Statement[] = [];
  const watch = (reader: Reader): Reader => ({
    all: (statement) => {
      // One that takes long is run again elsewhere.
      if (statement.sql.includes('LIMIT') && lists.at(-1)?.sql !== statement.sql) lists.push(statement);
      return reader.all(statement);
    },
    run: (statement) => reader.run(statement),
  });
  return {
    database: { ...database, read: (work) => database.read((reader) => work(watch(reader))) },
    lists,
  };
}

eachDatabase((database) => {
  it('reads a later page of an indexed sort as stretches of the index, and sorts no table', async () => {
    const inner = database.openUrl(await database.createUrl());
    const { database: outer, lists } = watched(inner);
    const { records, admin } = await openWorld({ ...database, openUrl: () => outer }, [things]);
    await inner.write(async (transaction) => {
      for (let i = 0; i < 1_500; i++) {
        const body = { may: i % 7 === 0 ? null : i % 50, must: i, text: i % 3 ? `t${i % 100}` : null };
        await records.within.create(transaction, admin, 'things', body);
      }
      await transaction.run({ sql: 'ANALYZE', parameters: [] });
    });

    for (const sort of [
      'id',
      '-id',
      'must',
      '-must',
      'may',
      '-may',
      'createdAt',
      '-createdAt',
      'text,must',
      '-text,-must',
    ]) {
      const first = await records.list(admin, 'things', query({ sort, limit: '5' }));
      await records.list(admin, 'things', query({ sort, limit: '5', cursor: first.page.next as string }));
      for (const [page, statement] of lists.splice(0).entries()) {
        const plan = await planOf(inner, statement);
        // The few rows of a page may be put in order; stretches of the table may not.
        assert.doesNotMatch(plan, /Seq Scan|Incremental Sort|Bitmap|SCAN _r$/m, `${sort}: ${plan}`);
        if (database.name === 'postgres') assert.doesNotMatch(plan, /Sort {2}\(/, `${sort}: ${plan}`);
        else if (page === 0) assert.doesNotMatch(plan, /TEMP B-TREE/, `${sort}: ${plan}`);
        if (page === 1) assert.match(plan, /Index Cond|SEARCH _r USING/, `${sort}: ${plan}`);
      }
    }
  });
});
