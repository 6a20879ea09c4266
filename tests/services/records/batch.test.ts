import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { projects, tasks } from './collections.ts';
import { nobody, openWorld, problemOf, query, type World } from './fixture.ts';

const absent = '0199c7a0-0000-7000-8000-00000000abcd';

eachDatabase((database) => {
  let opened: Promise<World> | undefined;
  const world = () => (opened ??= openWorld(database, [projects, tasks]));
  const batch = async (operations: unknown) => {
    const { records, admin } = await world();
    return (await records.batch(admin, { operations })).results;
  };
  const failure = async (operations: unknown) => {
    const { code, details } = await problemOf(batch(operations));
    return [
      code,
      details.operation,
      ...(details.errors ?? []).map(({ pointer, code: why }) => `${pointer} ${why}`),
    ];
  };

  it('carries out every kind of operation in one unit, each with its answer', async () => {
    const results = await batch([
      { method: 'POST', path: '/v1/projects', body: { name: 'P' } },
      {
        method: 'POST',
        path: '/v1/tasks',
        body: { title: 'T', project: '$0.id', meta: { of: ['$0.name'] } },
      },
      { method: 'PATCH', path: '/v1/tasks/$1.id?fields=title&expand=project', body: { title: '$1.title' } },
      { method: 'PUT', path: `/v1/projects/${absent}`, body: { name: 'Q' } },
      { method: 'GET', path: '/v1/tasks/$1.id?fields=meta' },
      { method: 'DELETE', path: '/v1/tasks/$1.id' },
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      [201, 201, 200, 201, 200, 204],
    );
    const [project, task, patched, put, got, deleted] = results.map(
      ({ body }) => body as Record<string, unknown>,
    );
    assert.deepEqual([task?.project, task?.meta], [project?.id, { of: ['P'] }]);
    assert.deepEqual(results[1]?.headers, { ETag: '"1"', Location: `/v1/tasks/${String(task?.id)}` });
    assert.deepEqual(patched, { id: task?.id, title: 'T', project });
    assert.deepEqual([results[2]?.headers.ETag, put?.id], ['"2"', absent]);
    assert.deepEqual(got, { id: task?.id, meta: { of: ['P'] } });
    assert.deepEqual([deleted, results[5]?.headers], [null, {}]);
    const { records, admin } = await world();
    assert.equal((await records.read(admin, 'projects', absent, query())).record.name, 'Q');
  });

  it('does nothing when one operation fails, and says which and where', async () => {
    const { records, admin } = await world();
    const count = async () => (await records.list(admin, 'projects', query({ count: 'exact' }))).total;
    const before = await count();
    const good = { method: 'POST', path: '/v1/projects', body: { name: 'gone' } };
    assert.deepEqual(
      await failure([good, good, { method: 'POST', path: '/v1/tasks', body: { title: '', status: 'x' } }]),
      ['validation_failed', 2, '/operations/2/body/title minLength', '/operations/2/body/status enum'],
    );
    assert.deepEqual(await failure([good, { method: 'GET', path: `/v1/tasks/${absent}` }]), ['not_found', 1]);
    assert.deepEqual(
      await failure([
        good,
        { method: 'POST', path: '/v1/tasks', body: { title: 'x', project: absent.replace('a', 'b') } },
      ]),
      ['conflict', 1, '/operations/1/body/project reference'],
    );
    const twice = { method: 'POST', path: '/v1/tasks', body: { title: 'same', project: '$0.id' } };
    assert.deepEqual(await failure([good, twice, twice]), [
      'conflict',
      2,
      '/operations/2/body/project unique',
      '/operations/2/body/title unique',
    ]);
    assert.equal(await count(), before);
  });

  it('holds each operation to its own rules', async () => {
    const { records, user } = await world();
    const [ann, bob] = [await user('ann'), await user('bob')];
    const { id } = await records.create(ann, 'tasks', { title: 'hers' }, query());
    const own = { method: 'POST', path: '/v1/tasks', body: { title: 'x' } };
    const outcome = async (principal: typeof ann, operation: object) => {
      const { code, details } = await problemOf(records.batch(principal, { operations: [own, operation] }));
      return [code, details.operation];
    };
    for (const method of ['GET', 'DELETE'])
      assert.deepEqual(await outcome(bob, { method, path: `/v1/tasks/${id}` }), ['not_found', 1]);
    assert.deepEqual(await outcome(bob, { method: 'PUT', path: `/v1/tasks/${id}`, body: { title: 'x' } }), [
      'not_found',
      1,
    ]);
    assert.deepEqual(await outcome(nobody, own), ['unauthenticated', 0]);
    assert.deepEqual(await outcome(bob, { method: 'POST', path: '/v1/users', body: {} }), [
      'method_not_allowed',
      1,
    ]);
  });

  it('lists all that is wrong with the shape of a batch', async () => {
    assert.deepEqual(
      await failure([
        { method: 'POST', path: '/v1/tasks', body: {}, extra: 1 },
        { method: 'TRACE', path: 5 },
        { method: 'GET', path: '/v1/tasks/x', body: {} },
        { method: 'PATCH', path: '/v1/tasks/x' },
        { method: 'DELETE', path: '/v1/tasks/x', headers: { 'X-Any': 'y' } },
        null,
      ]),
      [
        'validation_failed',
        0,
        '/operations/0/extra unknown',
        '/operations/1/method enum',
        '/operations/1/path type',
        '/operations/2/body unknown',
        '/operations/3/body required',
        '/operations/4/headers/X-Any unknown',
        '/operations/5 type',
      ],
    );
    const { records, admin } = await world();
    for (const body of [null, [], {}, { operations: {} }, { operations: [] }, { operations: [], more: 1 }])
      assert.equal((await problemOf(records.batch(admin, body))).code, 'validation_failed');
    const many = Array.from({ length: 101 }, () => ({ method: 'GET', path: '/v1/tasks/x' }));
    assert.deepEqual(await failure(many), ['validation_failed', undefined, '/operations size']);
  });

  it('takes only addresses of collections and records', async () => {
    for (const path of [
      '',
      '/',
      '/v1',
      '/v1/',
      'v1/tasks',
      '/v1/tasks/',
      '/v1/nothing',
      '/v1/a/b/c',
      '/v1/%',
      '/auth/login',
      '/batch',
    ])
      assert.deepEqual(
        (await failure([{ method: 'POST', path, body: {} }])).slice(0, 2),
        ['not_found', 0],
        path,
      );
    assert.equal((await failure([{ method: 'GET', path: '/v1/tasks' }]))[0], 'method_not_allowed');
    assert.equal(
      (await failure([{ method: 'POST', path: `/v1/tasks/${absent}`, body: {} }]))[0],
      'method_not_allowed',
    );
    assert.equal(
      (await failure([{ method: 'POST', path: '/v1/tasks?sort=x', body: { title: 'x' } }]))[0],
      'invalid_query',
    );
    assert.equal(
      (await failure([{ method: 'DELETE', path: `/v1/tasks/${absent}?fields=id` }]))[0],
      'invalid_query',
    );
  });

  it('refers to earlier answers only, and lets such text be written all the same', async () => {
    const create = (title: unknown) => ({ method: 'POST', path: '/v1/tasks', body: { title } });
    const texts = ['$$0.id', '$5 a head', '$$$0.id', '$9.99', '$$9.99', '$0.'];
    const results = await batch(texts.map(create));
    const titles = results.map((result) => (result as { body: { title: string } }).body.title);
    assert.deepEqual(titles, ['$0.id', '$5 a head', '$$0.id', '$9.99', '$$9.99', '$0.']);
    for (const reference of ['$1.id', '$9.id', '$0.nothing', '$0.constructor', '$0.A', '$0.a.b', '$0.note-x'])
      assert.deepEqual(await failure([create('x'), create(reference)]), [
        'validation_failed',
        1,
        '/operations/1/body/title reference',
      ]);
    assert.deepEqual(await failure([create('x'), { method: 'GET', path: '/v1/tasks/$1.id' }]), [
      'validation_failed',
      1,
      '/operations/1/path reference',
    ]);
    const gone = [create('x'), { method: 'DELETE', path: '/v1/tasks/$0.id' }, create('$1.id')];
    assert.deepEqual((await failure(gone)).slice(0, 2), ['validation_failed', 2]);
  });
});
