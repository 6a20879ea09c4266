import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, problemOf, query } from './fixture.ts';

const everyone = { list: 'true', read: 'true', create: 'true' };
const posts = {
  name: 'posts',
  properties: { title: { type: 'string' }, slug: { type: 'string', unique: true } },
  rules: everyone,
} as const;

eachDatabase((database) => {
  test('a filter over every pair of records is refused from ten thousand pairs on, unless an index ties them', async () => {
    const { records, admin, database: opened } = await openWorld(database, [posts]);
    const list = (filter: string) => records.list(admin, 'posts', query({ filter, limit: '1' }));
    const create = (from: number, to: number) =>
      opened.write(async (transaction) => {
        for (let n = from; n < to; n++)
          await records.within.create(transaction, admin, 'posts', { title: `t${n}`, slug: `t${n}` });
      });
    const untied = 'posts.exists(p, p.title == title)';
    const cubed = 'posts.exists(a, posts.exists(b, a.title + b.title == title))';
    await create(0, 100);
    assert.equal((await list(untied)).data.length, 1);
    const refused = await problemOf(list(cubed));
    assert.deepEqual([refused.code, refused.details.parameter], ['invalid_query', 'filter']);
    await create(100, 101);
    const { code, details } = await problemOf(list(untied));
    assert.equal(code, 'invalid_query');
    assert.equal(
      details.detail,
      'This filter looks at more than 10,000 combinations of records. An index on "title" of "posts" would help.',
    );
    assert.equal((await list('posts.exists(p, p.slug == title)')).data.length, 1);
    assert.equal((await list('posts.exists(p, p.title == "t1")')).data.length, 1);
  });
});
