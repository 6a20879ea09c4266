import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { tasks, projects } from './collections.ts';
import { openWorld, query } from './fixture.ts';

eachDatabase((database) => {
  it('answers a created record with its defaults, and the same when it is read', async () => {
    const { records, user, clock } = await openWorld(database, [projects, tasks]);
    const ann = await user('ann');
    const { record, version, id } = await records.create(ann, 'tasks', { title: 'Milk' }, query());
    assert.deepEqual(record, {
      id,
      createdAt: clock.now().toISOString(),
      updatedAt: clock.now().toISOString(),
      version: 1,
      title: 'Milk',
      status: 'todo',
      priority: 3,
      dueOn: null,
      at: null,
      labels: null,
      meta: null,
      project: null,
      owner: ann.user?.id,
    });
    assert.equal(version, 1);
    assert.deepEqual((await records.read(ann, 'tasks', id, query())).record, record);
    assert.deepEqual((await records.list(ann, 'tasks', query())).data, [record]);
  });
});
