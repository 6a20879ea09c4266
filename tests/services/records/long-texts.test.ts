import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, query } from './fixture.ts';

const notes = {
  name: 'notes',
  properties: { text: { type: 'string' }, part: { type: 'string' } },
  rules: { list: 'true', read: 'true', create: 'true' },
} as const;
const size = 900_000;
const beginsAlike = 'a'.repeat(size);

eachDatabase((database) => {
  test('texts of a megabyte are searched and put together in no time, and what would be too long is null', async () => {
    const world = await openWorld(database, [notes]);
    await world.seed('notes', { text: beginsAlike, part: `${'a'.repeat(size / 2)}b` });
    await world.seed('notes', {
      text: `${beginsAlike}é${'a'.repeat(5_000)}b`,
      part: `é${'a'.repeat(5_000)}b`,
    });
    const found = async (filter: string) =>
      (await world.records.list(world.admin, 'notes', query({ filter, count: 'exact', limit: '1' }))).total;
    const used = process.threadCpuUsage();
    assert.equal(await found(`text.contains("${'a'.repeat(7_500)}b")`), 0);
    assert.equal(await found(`text.contains("${'a'.repeat(4_500)}b")`), 1);
    if (database.name === 'sqlite') assert.equal(await found('text.contains(part)'), 1);
    assert.equal(await found('text.startsWith(part)'), 0);
    assert.equal(await found('text.endsWith(part)'), 1);
    assert.equal(await found('(text + text).startsWith("aa")'), 2);
    assert.equal(await found('text + text + text == null'), 2);
    assert.equal(await found(`${Array(40).fill('text').join(' + ')} == "a"`), 0);
    const { user, system } = process.threadCpuUsage(used);
    assert.ok((user + system) / 1_000 < 2_000, `${(user + system) / 1_000} ms of the loop's thread`);
  });
});
