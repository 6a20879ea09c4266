import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eachDatabase } from '../support/databases.ts';
import { startApp } from '../support/plinth/app.ts';

const rules = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };

eachDatabase((kind) => {
  for (const more of [{}, { changes: false }, { cache: { maxAge: 30 } }]) {
    const how = JSON.stringify(more);
    test(`a reference that is set to null by a deletion is a change of its record: a new ETag (${how})`, async (t) => {
      const app = await startApp({
        database: await kind.createUrl(),
        collections: [
          { name: 'projects', properties: { name: { type: 'string' } }, rules },
          {
            name: 'tasks',
            properties: {
              title: { type: 'string' },
              project: { reference: 'projects', onDelete: 'setNull' },
            },
            rules,
            ...more,
          },
        ],
      });
      t.after(() => app.close());
      const project = (await app.send('POST', '/v1/projects', { body: { name: 'p' } })).body.id;
      const created = await app.send('POST', '/v1/tasks', { body: { title: 'a', project } });
      const path = `/v1/tasks/${String(created.body.id)}`;
      const etag = String((await app.send('GET', path)).headers.etag);
      assert.equal((await app.send('GET', path, { headers: { 'if-none-match': etag } })).status, 304);

      assert.equal((await app.send('DELETE', `/v1/projects/${String(project)}`)).status, 204);

      const after = await app.send('GET', path, { headers: { 'if-none-match': etag } });
      assert.equal(after.status, 200);
      assert.notEqual(after.headers.etag, etag);
      assert.deepEqual([after.body.project, after.body.version], [null, 2]);
      assert.ok(String(after.body.updatedAt) >= String(created.body.updatedAt));
      const late = { headers: { 'if-match': etag }, body: { title: 'b' } };
      assert.equal((await app.send('PATCH', path, late)).status, 412);
    });
  }
});
