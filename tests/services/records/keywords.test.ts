import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, query } from './fixture.ts';

const everyone = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };
const text = { type: 'string' } as const;
const properties = { true: text, false: text, null: text, n: { type: 'integer' } } as const;

eachDatabase((database) => {
  it('properties may have the names of constants, which mean what they did in conditions', async () => {
    const { records, admin } = await openWorld(database, [{ name: 'odd', properties, rules: everyone }]);
    await records.create(admin, 'odd', { true: 'text', n: 1 }, query());
    await records.create(admin, 'odd', {}, query());
    const count = async (filter: string) => (await records.list(admin, 'odd', query({ filter }))).data.length;
    assert.equal(await count('n == 1 ? true : false'), 1);
    assert.equal(await count('odd.all(o, o.n == null || o.n > 0)'), 2);
    assert.equal(await count('odd.all(o, o.n > 0)'), 0);
    assert.equal(await count('(n in [1, 2]) == false'), 1);
    assert.equal(await count('(n == 1) == true'), 1);
  });
});
