import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachDatabase } from '../../support/databases.ts';
import { projects, tasks } from './collections.ts';
import { openWorld, problemOf, query, type World } from './fixture.ts';

const everyone = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };

eachDatabase((database) => {
  let opened: Promise<World> | undefined;
  const world = () =>
    (opened ??= openWorld(database, [
      { ...projects, rules: everyone },
      { ...tasks, rules: everyone },
    ]).then(fill));

  /** Ten tasks, t0 to t9, every other one in a project. */
  async function fill(made: World): Promise<World> {
    const project = await made.seed('projects', { name: 'Alpha' });
    const second = await made.seed('projects', { name: 'Beta' });
    for (let n = 0; n < 10; n++) {
      made.clock.advance(1_000);
      await made.seed('tasks', {
        title: `t${n} ${['Blue whale', 'blue-ish', 'ÉCOLE', 'whale'][n % 4]}`,
        priority: (n % 5) + 1,
        project: [project.id, second.id, null][n % 3],
        dueOn: n % 2 ? null : `2026-01-0${n + 1}`,
        labels: ['even', 'odd'].slice(n % 2),
      });
    }
    return made;
  }

  const list = async (parameters: Record<string, string> = {}) => {
    const { records, admin } = await world();
    return records.list(admin, 'tasks', query(parameters));
  };
  const titles = async (parameters: Record<string, string>) =>
    (await list(parameters)).data.map(({ title }) => String(title).slice(0, 2)).join(' ');
  const problem = async (parameters: Record<string, string>) => {
    const { code, details } = await problemOf(list(parameters));
    return [code, details.parameter, details.position, details.detail];
  };

  it('answers in order of creation, 20 at a time, with a cursor only where more follows', async () => {
    assert.equal(await titles({}), 't0 t1 t2 t3 t4 t5 t6 t7 t8 t9');
    const first = await list({ limit: '4' });
    assert.deepEqual([first.data.length, first.page.limit, 'total' in first], [4, 4, false]);
    const second = await list({ limit: '6', cursor: first.page.next as string });
    assert.deepEqual([second.data.length, second.page.next], [6, null]);
    assert.deepEqual((await list({ count: 'exact', limit: '1' })).total, 10);
  });

  it('filters, sorts with null last ascending and first descending, and pages in that order', async () => {
    assert.equal(await titles({ filter: 'priority >= 4 && "even" in labels', sort: '-priority' }), 't4 t8');
    assert.equal(await titles({ sort: 'dueOn' }), 't0 t2 t4 t6 t8 t1 t3 t5 t7 t9');
    assert.equal(await titles({ sort: '-dueOn' }), 't9 t7 t5 t3 t1 t8 t6 t4 t2 t0');
    assert.equal(
      await titles({ sort: '-project.name,-title', filter: 'priority != 3' }),
      't8 t5 t4 t1 t9 t6 t3 t0',
    );
  });

  it('finds words in any case, as prefixes with a star, all of them', async () => {
    assert.equal(await titles({ q: 'blue' }), 't0 t1 t4 t5 t8 t9');
    assert.equal(await titles({ q: 'WHALE blue' }), 't0 t4 t8');
    assert.equal(await titles({ q: 'wha*' }), 't0 t3 t4 t7 t8');
    assert.equal(await titles({ q: 'wha' }), '');
    assert.equal(await titles({ q: 'école' }), 't2 t6');
    assert.equal((await list({ q: 'blue', count: 'exact', limit: '1' })).total, 6);
  });

  it('keeps the words of a record with it', async () => {
    const { records, admin, seed } = await world();
    const { id } = await seed('tasks', { title: 'zebra crossing' });
    const found = async (q: string) => (await list({ q })).data.length;
    await records.update(admin, 'tasks', id, { title: 'zebra stripes' }, query());
    assert.deepEqual([await found('zebra'), await found('crossing'), await found('stripes')], [1, 0, 1]);
    await records.remove(admin, 'tasks', id);
    assert.equal(await found('zebra'), 0);
  });

  it('returns the fields that are asked for, and expanded records in the place of their ids', async () => {
    const { data } = await list({ fields: 'title', expand: 'project.owner', limit: '3' });
    assert.deepEqual(Object.keys(data[0] ?? {}), ['id', 'title', 'project']);
    const project = data[0]?.project as { name: string; owner: { email: string } };
    assert.deepEqual([project.name, project.owner.email], ['Alpha', 'admin@example.com']);
    assert.equal(data[2]?.project, null);
    const { records, admin } = await world();
    const id = data[0]?.id as string;
    const one = await records.read(admin, 'tasks', id, query({ expand: 'project', fields: 'status' }));
    assert.deepEqual(Object.keys(one.record), ['id', 'status', 'project']);
    assert.equal(one.version, 1);
    const patched = await records.update(
      admin,
      'tasks',
      id,
      {},
      query({ expand: 'project', fields: 'title' }),
    );
    assert.equal((patched.record.project as { name: string }).name, 'Alpha');
  });

  it('refuses what it does not know, by name, with the place and what was probably meant', async () => {
    assert.deepEqual(await problem({ sotr: 'title' }), [
      'invalid_query',
      'sotr',
      undefined,
      'There is no parameter "sotr" here. Did you mean "sort"?',
    ]);
    assert.deepEqual(await problem({ fields: 'title,priorty' }), [
      'invalid_query',
      'fields',
      6,
      '"tasks" has no property "priorty". Did you mean "priority"?',
    ]);
    assert.deepEqual((await problem({ sort: 'title,-nope' })).slice(0, 3), ['invalid_query', 'sort', 7]);
    assert.deepEqual((await problem({ expand: 'project.ownr' })).slice(0, 3), ['invalid_query', 'expand', 8]);
    assert.deepEqual((await problem({ filter: 'status == "x" &&' })).slice(0, 2), [
      'invalid_query',
      'filter',
    ]);
    assert.deepEqual((await problem({ filter: 'title' })).slice(0, 2), ['invalid_query', 'filter']);
  });

  it('refuses values that a parameter cannot have', async () => {
    const bad: Record<string, string[]> = {
      limit: ['0', '201', '-1', '1.5', '', 'ten', '1e1', ' 5'],
      sort: ['', ',', 'title,', 'title,title', '-', '--title', 'labels', 'meta', ' title', 'title.x'],
      fields: ['', 'project.name', 'title,,status', '__proto__'],
      expand: ['', 'title', 'project.', 'owner.', 'project.owner.x.y'],
      q: ['', '!!!', Array.from({ length: 17 }, (_, n) => `w${n}`).join(' ')],
      count: ['', 'true', 'EXACT'],
      cursor: ['', 'x', '.', 'e30.AAAAAAAAAAAAAAAAAAAAAA', 'x'.repeat(100_000)],
    };
    for (const [name, values] of Object.entries(bad))
      for (const value of values)
        assert.deepEqual(
          (await problem({ [name]: value })).slice(0, 2),
          ['invalid_query', name],
          `${name}=${value}`,
        );
    const tooMany = Array.from({ length: 9 }, (_, n) => `project.${n}`).join();
    assert.equal((await problem({ sort: tooMany }))[0], 'invalid_query');
  });

  it('takes a cursor only for the query it was made for, and only as it was made', async () => {
    const cursor = (await list({ limit: '2', sort: '-priority', filter: 'priority > 1' })).page
      .next as string;
    const same = { sort: '-priority', filter: 'priority > 1', cursor };
    assert.equal((await list({ ...same, fields: 'title', limit: '3', count: 'exact' })).data.length, 3);
    for (const other of [
      { ...same, sort: 'priority' },
      { ...same, filter: 'priority > 2' },
      { ...same, q: 'blue' },
      { sort: '-priority', cursor },
      { ...same, cursor: `${cursor}A` },
      { ...same, cursor: `A${cursor}` },
      { ...same, cursor: cursor.replace('.', '') },
      { ...same, cursor: `${Buffer.from('[9,"x"]').toString('base64url')}.${cursor.split('.')[1]}` },
    ])
      assert.deepEqual((await problem(other)).slice(0, 2), ['invalid_query', 'cursor']);
    const { records, admin } = await world();
    const foreign = records.list(admin, 'projects', query({ cursor }));
    assert.equal((await problemOf(foreign)).details.parameter, 'cursor');
  });
});
