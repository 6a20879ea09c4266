import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

const everyone = { list: 'true', read: 'true', create: 'true' };
const posts = {
  name: 'posts',
  properties: { title: { type: 'string' }, tags: { type: 'array', items: { type: 'string' } } },
  rules: everyone,
} as const;
const tags = Array.from({ length: 5_000 }, (_, n) => `tag ${n}`);

eachDatabase((kind) => {
  test('a list ends at the time limit of a statement, with 503 and a word on what would help', async () => {
    const app = await startApp({
      database: await kind.createUrl(),
      collections: [posts],
      settings: { DATABASE_STATEMENT_TIMEOUT_MS: '200' },
    });
    try {
      const created = await app.send('POST', '/v1/posts', { body: { title: 'one', tags } });
      assert.equal(created.status, 201, JSON.stringify(created.body));
      const query = { filter: 'title == "one" && tags.exists(a, tags.exists(b, a + b == "none"))' };
      const used = process.threadCpuUsage();
      const { status, headers, body } = await app.send('GET', `/v1/posts?${new URLSearchParams(query)}`);
      const { user, system } = process.threadCpuUsage(used);
      assert.equal(status, 503, JSON.stringify(body));
      assert.equal(body.detail, 'The query took too long. An index on "title" would help.');
      assert.match(String(headers['retry-after']), /^[1-9]\d*$/);
      assert.ok((user + system) / 1_000 < 100, `${(user + system) / 1_000} ms of the loop's thread`);
      assert.equal((await app.send('GET', '/v1/posts?filter=title+%3D%3D+%22one%22')).status, 200);
    } finally {
      await app.close();
    }
  });
});
