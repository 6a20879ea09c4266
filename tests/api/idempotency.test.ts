import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { startApp, type Received, type SignedUp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

const open = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };

const definitions: readonly CollectionDefinition[] = [
  {
    name: 'orders',
    properties: {
      item: { type: 'string', minLength: 1 },
      code: { type: 'string', maxLength: 20, unique: true },
      parent: { reference: 'orders' },
    },
    required: ['item'],
    rules: open,
  },
  { name: 'closed', properties: { item: { type: 'string' } }, rules: { create: 'user != null' } },
];

const settings = { RATE_LIMIT: 'off' };
let keys = 0;
const newKey = () => `key-${++keys}`;

eachDatabase((database) => {
  let app: TestApp;
  let ada: SignedUp;
  let bob: SignedUp;
  before(async () => {
    app = await startApp({ database: await database.createUrl(), collections: definitions, settings });
    ada = await app.signUp();
    bob = await app.signUp();
  });

  function send(method: string, path: string, key: string, body?: unknown, token = ada.token) {
    return app.send(method, path, { token, body, headers: { 'idempotency-key': key } });
  }

  async function countOf(item: string): Promise<unknown> {
    const filter = encodeURIComponent(`item == "${item}"`);
    return (await app.send('GET', `/v1/orders?count=exact&filter=${filter}`)).body.total;
  }

  /** The same answer: status, body, and the headers that are the answer's own. */
  function assertReplay(again: Received, first: Received): void {
    assert.equal(first.headers['idempotency-replayed'], undefined);
    assert.equal(again.headers['idempotency-replayed'], 'true', JSON.stringify(again.body));
    assert.equal(again.status, first.status);
    assert.deepEqual(again.body, first.body);
    for (const name of ['etag', 'location', 'content-type', 'cache-control', 'www-authenticate', 'allow']) {
      assert.equal(again.headers[name], first.headers[name], name);
    }
    assert.notEqual(again.headers['x-request-id'], first.headers['x-request-id']);
  }

  function assertRefused(answer: Received, status: number, code: string): void {
    assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
    assert.equal(answer.headers['idempotency-replayed'], undefined);
  }

  test('a create that is sent again is answered as the first time, and is carried out once', async () => {
    const key = newKey();
    const first = await send('POST', '/v1/orders', key, { item: 'once' });
    assert.equal(first.status, 201);
    assert.equal(first.headers.etag, '"1"');
    assert.equal(first.headers.location, `/v1/orders/${String(first.body.id)}`);
    assertReplay(await send('POST', '/v1/orders', key, { item: 'once' }), first);
    assertReplay(await send('POST', '/v1/orders', key, { item: 'once' }), first);
    assert.equal(await countOf('once'), 1);
  });

  test('an answer with a key looks like one without', async () => {
    const keyed = await send('POST', '/v1/orders?expand=parent', newKey(), { item: 'same' });
    const plain = await app.send('POST', '/v1/orders?expand=parent', {
      token: ada.token,
      body: { item: 'same' },
    });
    assert.deepEqual(Object.keys(keyed.headers).toSorted(), Object.keys(plain.headers).toSorted());
    assert.deepEqual(Object.keys(keyed.body), Object.keys(plain.body));
    for (const name of ['content-type', 'cache-control', 'etag']) {
      assert.equal(keyed.headers[name], plain.headers[name]);
    }
  });

  test('PATCH, PUT, DELETE and batches are carried out once', async () => {
    const { body } = await send('POST', '/v1/orders', newKey(), { item: 'many' });
    const path = `/v1/orders/${String(body.id)}`;
    const operations = [
      { method: 'PATCH', path, body: { item: 'batched' } },
      { method: 'POST', path: '/v1/orders', body: { item: 'batched', parent: '$0.id' } },
    ];
    const requests = [
      ['PATCH', `${path}?expand=parent`, { item: 'patched' }, 200],
      ['PUT', path, { item: 'put' }, 200],
      ['POST', '/batch', { operations }, 200],
      ['PUT', '/v1/orders/00000000-0000-4000-8000-000000000001', { item: 'put' }, 201],
      ['DELETE', '/v1/orders/00000000-0000-4000-8000-000000000001', undefined, 204],
    ] as const;
    for (const [method, target, sent, status] of requests) {
      const key = newKey();
      const first = await send(method, target, key, sent);
      assert.equal(first.status, status, JSON.stringify(first.body));
      assertReplay(await send(method, target, key, sent), first);
    }
    assert.equal((await app.send('GET', path)).body.version, 4);
    assert.equal(await countOf('batched'), 2);
  });

  test('refusals are kept too, whatever has changed since', async () => {
    const taken = await send('POST', '/v1/orders', newKey(), { item: 'a', code: 'taken' });
    const path = `/v1/orders/${String(taken.body.id)}`;
    const requests = [
      ['POST', '/v1/orders', { item: '' }, 422],
      ['POST', '/v1/orders', { item: 'b', code: 'taken' }, 409],
      ['POST', '/v1/orders?titel=1', { item: 'b' }, 400],
      ['POST', '/v1/nothing', {}, 404],
      ['PATCH', '/v1/closed/00000000-0000-4000-8000-000000000001', {}, 404],
      ['DELETE', `${path}?x=1`, undefined, 400],
      ['POST', '/batch', { operations: [{ method: 'POST', path: '/v1/orders', body: {} }] }, 422],
    ] as const;
    const sent = [];
    for (const [method, target, body, status] of requests) {
      const key = newKey();
      const first = await send(method, target, key, body);
      assert.equal(first.status, status, JSON.stringify(first.body));
      sent.push({ method, target, body, key, first });
    }
    assert.equal((await app.send('DELETE', path)).status, 204);
    for (const { method, target, body, key, first } of sent) {
      assertReplay(await send(method, target, key, body), first);
    }
    assert.equal(await countOf('b'), 0);
  });

  test('a failed condition is kept like every other refusal', async () => {
    const { body } = await send('POST', '/v1/orders', newKey(), { item: 'a' });
    const headers = { 'idempotency-key': newKey(), 'if-match': '"7"' };
    const sent = { token: ada.token, body: { item: 'c' }, headers };
    const path = `/v1/orders/${String(body.id)}`;
    const first = await app.send('PATCH', path, sent);
    assert.equal(first.status, 412);
    assertReplay(await app.send('PATCH', path, sent), first);
  });

  test('another method, path, query or body with the same key is refused', async () => {
    const key = newKey();
    const first = await send('POST', '/v1/orders', key, { item: 'mine' });
    const path = `/v1/orders/${String(first.body.id)}`;
    for (const [method, target, body] of [
      ['POST', '/v1/orders', { item: 'other' }],
      ['POST', '/v1/orders?fields=item', { item: 'mine' }],
      ['POST', '/v1/closed', { item: 'mine' }],
      ['PUT', path, { item: 'mine' }],
      ['DELETE', path, undefined],
    ] as const) {
      assertRefused(await send(method, target, key, body), 422, 'idempotency_mismatch');
    }
    assertReplay(await send('POST', '/v1/orders', key, { item: 'mine' }), first);
  });

  test('a key belongs to its caller: others with the same one see nothing of it', async () => {
    const key = newKey();
    const first = await send('POST', '/v1/orders', key, { item: 'hers' });
    const his = await send('POST', '/v1/orders', key, { item: 'hers' }, bob.token);
    const anonymous = await app.send('POST', '/v1/orders', {
      body: { item: 'hers' },
      headers: { 'idempotency-key': key },
    });
    for (const answer of [his, anonymous]) {
      assert.deepEqual([answer.status, answer.headers['idempotency-replayed']], [201, undefined]);
      assert.notEqual(answer.body.id, first.body.id);
    }
    const other = await send('POST', '/v1/orders', key, { item: 'his' }, bob.token);
    assertRefused(other, 422, 'idempotency_mismatch');
    assertReplay(await send('POST', '/v1/orders', key, { item: 'hers' }), first);
    const signInFirst = newKey();
    const unsigned = { body: {}, headers: { 'idempotency-key': signInFirst } };
    assertRefused(await app.send('POST', '/v1/closed', unsigned), 401, 'unauthenticated');
    assert.equal((await send('POST', '/v1/closed', signInFirst, {})).status, 201);
  });

  test('a key of 1 to 255 visible characters is taken, any other is refused and nothing is done', async () => {
    for (const key of ['!', '~'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"']) {
      assert.equal((await send('POST', '/v1/orders', key, { item: 'key' })).status, 201, key);
    }
    for (const key of ['', ' ', 'a b', 'é', 'a\tb', 'x'.repeat(256)]) {
      const refused = await send('POST', '/v1/orders', key, { item: 'bad key' });
      assertRefused(refused, 400, 'malformed_request');
      assert.match(String(refused.body.detail), /Idempotency-Key must be 1 to 255 visible/);
    }
    assert.equal(await countOf('bad key'), 0);
    const get = await app.send('GET', '/v1/orders', { headers: { 'idempotency-key': 'a b' } });
    assert.equal(get.status, 200, 'a GET has no use for a key');
  });

  test('of 50 twins at once one writes, and the others get its answer or are told to wait', async () => {
    const key = newKey();
    const twins = await Promise.all(
      Array.from({ length: 50 }, () => send('POST', '/v1/orders', key, { item: 'twin' })),
    );
    const first = twins.find(({ headers, status }) => status === 201 && !headers['idempotency-replayed']);
    assert.ok(first !== undefined);
    for (const twin of twins.filter((one) => one !== first)) {
      if (twin.status === 409) {
        assertRefused(twin, 409, 'request_in_progress');
        assert.equal(twin.headers['retry-after'], '1');
      } else assertReplay(twin, first);
    }
    assert.equal(await countOf('twin'), 1);
    assertReplay(await send('POST', '/v1/orders', key, { item: 'twin' }), first);
    const mixed = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send('POST', '/v1/orders', 'mixed', { item: `mixed ${index % 2}` }),
      ),
    );
    const written = mixed.filter((one) => one.status === 201 && !one.headers['idempotency-replayed']);
    assert.equal(written.length, 1);
    const refused = new Set(mixed.filter(({ status }) => status !== 201).map(({ body }) => body.code));
    assert.deepEqual(refused, new Set(['request_in_progress', 'idempotency_mismatch']));
  });

  test('of 50 twins at once at two replicas one writes', async () => {
    const url = await database.createUrl();
    const start = () => startApp({ database: url, collections: definitions, settings });
    const replicas = [await start(), await start()] as const;
    try {
      for (let round = 0; round < 5; round++) {
        const item = `round ${round}`;
        const sent = { body: { item, code: item }, headers: { 'idempotency-key': `${round}` } };
        const order = (replica: number) => (replicas[replica] as TestApp).send('POST', '/v1/orders', sent);
        const twins = await Promise.all(Array.from({ length: 50 }, (_, index) => order(index % 2)));
        const first = twins.filter(
          ({ status, headers }) => status === 201 && !headers['idempotency-replayed'],
        ) as [Received];
        assert.equal(first.length, 1);
        for (const twin of twins) {
          if (twin.status === 409) assertRefused(twin, 409, 'request_in_progress');
          else if (twin !== first[0]) assertReplay(twin, first[0]);
        }
        for (const replica of [0, 1]) assertReplay(await order(replica), first[0]);
      }
      assert.equal((await replicas[0].send('GET', '/v1/orders?count=exact')).body.total, 5);
    } finally {
      for (const replica of replicas) await replica.close();
    }
  });
});
