import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { systemPrincipal } from '#domain/access/principal.ts';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { startApp, type Received, type SignedUp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase, execute } from '../support/databases.ts';
import { RecordsClient } from '../support/plinth/records-client.ts';
import { passTime } from '../support/plinth/clock.ts';

const forMembers = { create: 'user != null', update: 'user != null', delete: 'user != null' };

const definitions: readonly CollectionDefinition[] = [
  {
    name: 'notes',
    cache: { maxAge: 60 },
    properties: {
      title: { type: 'string' },
      secret: { type: 'string', private: true },
      board: { reference: 'boards', onDelete: 'cascade' },
    },
    search: ['title'],
    rules: { list: 'true', read: 'true', ...forMembers },
  },
  {
    name: 'boards',
    properties: { name: { type: 'string' }, open: { type: 'boolean', default: true } },
    rules: { list: 'record.open', read: 'record.open', ...forMembers },
  },
  {
    name: 'diaries',
    cache: { maxAge: 60 },
    properties: {
      text: { type: 'string' },
      endsAt: { type: 'string', format: 'date-time' },
      owner: { reference: 'users', default: '$user', readOnly: true },
    },
    rules: { list: 'record.owner == user.id', read: 'record.owner == user.id', create: 'user != null' },
  },
  { name: 'brief', cache: { maxAge: 1 }, properties: { title: { type: 'string' } }, rules: { list: 'true' } },
  { name: 'plain', properties: {}, rules: { list: 'true' } },
];

const from = ({ headers }: Received): unknown => headers['cache-status'];
const hit = 'plinth; hit';
const miss = 'plinth; fwd=miss';

eachDatabase((database) => {
  let url: string;
  let app: TestApp;
  let ada: SignedUp;
  let bob: SignedUp;
  let admin: SignedUp;
  before(async () => {
    url = await database.createUrl();
    app = await startApp({ database: url, collections: definitions });
    ada = await app.signUp();
    bob = await app.signUp();
    admin = await app.signUpAdmin();
  });

  interface List {
    readonly data: readonly Readonly<Record<string, unknown>>[];
    readonly total?: number;
  }
  const get = (path: string, by?: SignedUp) =>
    app.send<List & Record<string, unknown>>('GET', path, by && { token: by.token });
  async function create(collection: string, body: object, by = ada): Promise<string> {
    const made = await app.send('POST', `/v1/${collection}`, { token: by.token, body });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return String(made.body.id);
  }
  const titles = ({ body }: Received<List>) => body.data.map(({ title }) => title);

  test('an answer is kept, and given again byte for byte', async () => {
    await create('notes', { title: 'kept' });
    const path = '/v1/notes?filter=title=="kept"&sort=-title&limit=1&count=exact';
    const [first, again] = [await get(path, ada), await get(path, ada)];
    assert.deepEqual([from(first), from(again)], [miss, hit]);
    assert.deepEqual(again.body, first.body);
    assert.equal(again.headers['content-type'], first.headers['content-type']);
    assert.equal(again.headers['content-length'], first.headers['content-length']);
    assert.equal(from(await get('/v1/notes?limit=1&count=exact&sort=-title&filter=title=="kept"', ada)), hit);
    assert.equal(from(await get('/v1/notes?filter=title=="kept"&sort=title', ada)), miss);
  });

  test('pages are kept one by one, with their Link', async () => {
    for (const title of ['p1', 'p2', 'p3']) await create('notes', { title });
    const first = await get('/v1/notes?q=p1&limit=1');
    assert.deepEqual(titles(first), ['p1']);
    const all = '/v1/notes?sort=-title&limit=1';
    const [link] = [(await get(all)).headers.link, await get(all)];
    assert.equal((await get(all)).headers.link, link);
    const next = /<([^>]+)>/.exec(String(link))?.[1] as string;
    const [page, again] = [await get(next), await get(next)];
    assert.deepEqual([from(page), from(again)], [miss, hit]);
    assert.deepEqual(again.body, page.body);
    assert.notDeepEqual(page.body, (await get(all)).body);
  });

  test('a record is kept with its ETag, and answers 304 from there', async () => {
    const path = `/v1/notes/${await create('notes', { title: 'one' })}`;
    const [first, again] = [await get(path), await get(path)];
    assert.deepEqual([from(first), from(again), again.headers.etag], [miss, hit, '"1"']);
    assert.deepEqual(again.body, first.body);
    const known = await app.send('GET', path, { headers: { 'if-none-match': '"1"' } });
    assert.deepEqual([known.status, from(known), known.body], [304, hit, undefined]);
    const head = await app.send('HEAD', path);
    assert.deepEqual([head.status, from(head), head.headers.etag], [200, hit, '"1"']);
  });

  test('whoever writes sees it at once, whatever the write was', async () => {
    const id = await create('notes', { title: 'w1' });
    const path = '/v1/notes?filter=title.startsWith("w")';
    const written = async (method: string, target: string, body: unknown, expected: string[]) => {
      await get(path, ada);
      assert.equal(from(await get(path, ada)), hit);
      const answer = await app.send(method, target, {
        token: ada.token,
        ...(body !== undefined && { body }),
      });
      assert.ok(answer.status < 300, JSON.stringify(answer.body));
      assert.deepEqual(titles(await get(path, ada)), expected);
    };
    await written('PATCH', `/v1/notes/${id}`, { title: 'w2' }, ['w2']);
    await written('PUT', `/v1/notes/${id}`, { title: 'w3' }, ['w3']);
    const operations = [{ method: 'POST', path: '/v1/notes', body: { title: 'w4' } }];
    await written('POST', '/batch', { operations }, ['w3', 'w4']);
    await written('DELETE', `/v1/notes/${id}`, undefined, ['w4']);
    assert.equal((await get(`/v1/notes/${id}`, ada)).status, 404);
  });

  test('what references lead to counts as well: changed, hidden by its rule, removed with what it takes along', async () => {
    const board = await create('boards', { name: 'b' });
    await create('notes', { title: 'on the board', board });
    const path = '/v1/notes?filter=title=="on the board"&expand=board';
    const boardOf = async () => (await get(path)).body.data[0]?.board as { name: string } | null | undefined;
    assert.equal((await boardOf())?.name, 'b');
    const change = (body: object) => app.send('PATCH', `/v1/boards/${board}`, { token: ada.token, body });
    await change({ name: 'c' });
    assert.equal((await boardOf())?.name, 'c');
    assert.equal(from(await get(path)), hit);
    await change({ open: false });
    assert.equal(await boardOf(), null);
    await new RecordsClient(app.app.records).remove(systemPrincipal, 'boards', board);
    assert.equal(await boardOf(), undefined);
  });

  test('callers share what is the same for all; nobody gets what is not theirs', async () => {
    await create('notes', { title: 'shared', secret: 'for admins' }, admin);
    const shared = '/v1/notes?filter=title=="shared"';
    assert.equal(from(await get(shared, ada)), miss);
    for (const by of [bob, undefined]) assert.equal(from(await get(shared, by)), hit);
    const byAdmin = await get(shared, admin);
    assert.deepEqual([from(byAdmin), byAdmin.body.data[0]?.secret], [miss, 'for admins']);
    assert.equal((await get(shared, bob)).body.data[0]?.secret, undefined);

    const mine = await create('diaries', { text: 'dear diary' });
    const texts = async (by?: SignedUp) => (await get('/v1/diaries', by)).body.data.map(({ text }) => text);
    assert.deepEqual(await texts(ada), ['dear diary']);
    assert.equal(from(await get('/v1/diaries', ada)), hit);
    assert.deepEqual([await texts(bob), await texts()], [[], []]);
    assert.equal((await get(`/v1/diaries/${mine}`, ada)).status, 200);
    assert.equal((await get(`/v1/diaries/${mine}`, bob)).status, 404);
  });

  test('only what anyone gets who does not sign in may be kept on the way; it depends on Authorization', async () => {
    const caching = ({ headers }: Received) => [headers['cache-control'], headers.vary];
    const [open, own] = ['public, no-cache', 'private, no-cache'].map((value) => [value, 'Authorization']);
    assert.deepEqual(caching(await get('/v1/notes')), open);
    assert.deepEqual(caching(await get('/v1/notes')), open);
    assert.deepEqual(caching(await get('/v1/notes', ada)), own);
    assert.deepEqual(caching(await get('/v1/diaries')), own);
    assert.deepEqual(caching(await get('/v1/plain')), own);
    assert.equal((await get('/v1/plain')).headers['cache-status'], undefined);
    const refused = await get('/v1/notes?filter=nonsense');
    assert.deepEqual([refused.status, refused.headers['cache-control']], [400, 'no-store']);
  });

  test('what becomes another answer by time alone is not kept, nor what looks elsewhere', async () => {
    for (const path of ['/v1/diaries?filter=endsAt<now', '/v1/notes?filter=plain.exists(p, p.version>1)'])
      for (const _ of [1, 2]) assert.equal(from(await get(path)), 'plinth; fwd=bypass', path);
  });

  test('nobody sees older than maxAge, even of what was changed behind the back of Plinth', async (t) => {
    const id = await create('brief', { title: 'before' }, admin);
    assert.deepEqual(titles(await get('/v1/brief')), ['before']);
    const sql = `UPDATE brief SET title = 'after' WHERE id = '${id}'`;
    if (database.name === 'postgres') await execute(url, sql);
    else await app.app.database.write((transaction) => transaction.run({ sql, parameters: [] }));
    passTime(t, 1_000);
    assert.deepEqual(titles(await get('/v1/brief')), ['after']);
  });

  test('one question is asked once at a time', async () => {
    await create('notes', { title: 'asked once' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => get('/v1/notes?filter=title=="asked once"')),
    );
    assert.equal(answers.filter((answer) => from(answer) === miss).length, 1);
    assert.equal(answers.filter((answer) => from(answer) === hit).length, 19);
  });

  test('with CACHE=off nothing is kept', async () => {
    const uncached = await startApp({ database: url, collections: definitions, settings: { CACHE: 'off' } });
    for (const _ of [1, 2]) {
      const answer = await uncached.send('GET', '/v1/notes');
      assert.deepEqual([answer.status, from(answer)], [200, undefined]);
    }
  });
});
