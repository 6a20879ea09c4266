import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, problemOf, query } from './fixture.ts';

const everyone = { list: 'true', read: 'true', create: 'true' };
const notes = {
  name: 'notes',
  properties: { text: { type: 'string' }, data: { type: 'object' } },
  rules: everyone,
} as const;
const links = { name: 'links', properties: { note: { reference: 'notes' } }, rules: everyone } as const;
const uses = { name: 'uses', properties: { link: { reference: 'links' } }, rules: everyone } as const;
const records = 10;
const large = 'x'.repeat(900_000);

eachDatabase((database) => {
  test('a page ends at 4 MB, and the cursor goes on with the next record', async () => {
    const world = await openWorld(database, [notes, links]);
    const made: unknown[] = [];
    for (let n = 0; n < records; n++) {
      const { id } = await world.seed('notes', n % 2 ? { text: large } : { data: { large } });
      await world.seed('links', { note: id });
      made.push(id);
    }
    const list = (parameters: Record<string, string>) =>
      world.records.list(world.admin, 'notes', query({ limit: '200', ...parameters }));
    const seen: unknown[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { data, page } = await list(cursor === undefined ? {} : { cursor });
      seen.push(...data.map(({ id }) => id));
      sizes.push(data.length);
      cursor = page.next;
    }
    assert.deepEqual(seen, made);
    assert.deepEqual(sizes, [4, 4, 2]);
    const expanded = (limit: string) =>
      world.records.list(world.admin, 'links', query({ expand: 'note', limit }));
    const tooLarge = await problemOf(expanded('10'));
    assert.deepEqual([tooLarge.code, tooLarge.details.parameter], ['invalid_query', 'expand']);
    assert.equal((await expanded('3')).data.length, 3);
  });

  test('a large record that many refer to counts as often as it is expanded, in others too', async () => {
    const world = await openWorld(database, [notes, links, uses]);
    const { id: note } = await world.seed('notes', { text: large });
    for (let n = 0; n < records; n++) await world.seed('links', { note });
    const { id: link } = await world.seed('links', { note });
    for (let n = 0; n < records; n++) await world.seed('uses', { link });
    for (const [collection, expand] of [
      ['links', 'note'],
      ['uses', 'link.note'],
    ] as const) {
      const list = (limit: string) => world.records.list(world.admin, collection, query({ expand, limit }));
      const tooLarge = await problemOf(list('10'));
      assert.deepEqual([tooLarge.code, tooLarge.details.parameter], ['invalid_query', 'expand']);
      assert.equal((await list('3')).data.length, 3);
    }
  });
});
