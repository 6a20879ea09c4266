import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { startApp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';

const open = { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' };

const collections: CollectionDefinition[] = [
  {
    name: 'invoices',
    properties: {
      total: {
        type: 'string',
        format: 'decimal',
        scale: 2,
        minimum: '-99999999999999999999.99',
        multipleOf: 0.01,
      },
      rate: { type: 'string', format: 'decimal', scale: 6, default: 0.19 },
      code: { type: 'string', format: 'decimal', scale: 0, unique: true },
      net: { type: 'string', format: 'decimal', scale: 2 },
      pages: { type: 'integer' },
      of: { reference: 'invoices', onDelete: 'setNull' },
    },
    required: ['total'],
    indexes: [['total']],
    rules: { ...open, update: 'record.total >= previous.total - 1000' },
  },
  { name: 'users', properties: { balance: { type: 'string', format: 'decimal', scale: 2 } } },
];

const exact = '12345678901234567890.12';

interface List {
  readonly data: readonly Record<string, unknown>[];
  readonly page: { readonly next: string | null };
}

eachDatabase((database) => {
  let app: TestApp;
  before(async () => {
    app = await startApp({ database: await database.createUrl(), collections });
  });
  after(() => app.close());

  /** Sends JSON as it is written, digit by digit. */
  const sendText = async (method: string, path: string, payload: string) => {
    const headers = { 'content-type': 'application/json' };
    const { statusCode, body } = await app.inject({ method: method as 'POST', url: path, headers, payload });
    return { status: statusCode, body: JSON.parse(body) as Record<string, unknown> };
  };
  const list = async (query: string) => (await app.send<List>('GET', `/v1/invoices?${query}`)).body;
  const totals = async (query: string) => (await list(query)).data.map(({ total }) => total);
  const clear = async () => {
    for (const { id } of (await list('limit=200')).data)
      await app.send('DELETE', `/v1/invoices/${String(id)}`);
  };

  test('a number keeps every digit, in a body, a patch, a batch and a registration', async () => {
    const created = await sendText('POST', '/v1/invoices', `{"total": ${exact}, "code": 9007199254740993}`);
    assert.equal(created.status, 201);
    assert.deepEqual(
      [created.body.total, created.body.code, created.body.rate],
      [exact, '9007199254740993', '0.190000'],
    );
    const path = `/v1/invoices/${String(created.body.id)}`;
    const patched = await sendText('PATCH', path, '{"total":12345678901234567890.13,"rate":null}');
    assert.deepEqual(
      [patched.status, patched.body.total, patched.body.rate],
      [200, '12345678901234567890.13', null],
    );
    const replaced = await sendText('PUT', path, '{"total": "12345678901234567890.1"}');
    assert.deepEqual([replaced.body.total, replaced.body.rate], ['12345678901234567890.10', '0.190000']);
    const operations = [
      `{"method":"POST","path":"/v1/invoices","body":{"total":${exact}}}`,
      `{"method":"POST","path":"/v1/invoices","body":{"total":"$0.total","net":1e2,"of":"$0.id"}}`,
    ];
    const batch = await sendText('POST', '/batch', `{"operations":[${operations.join()}]}`);
    const results = batch.body.results as { body: Record<string, unknown> }[];
    assert.deepEqual(
      results.map(({ body }) => [body.total, body.net]),
      [
        [exact, null],
        [exact, '100.00'],
      ],
    );
    const registration = `{"email":"a@example.org","password":"correct horse battery","balance":${exact}}`;
    const { user } = (await sendText('POST', '/auth/register', registration)).body;
    assert.equal((user as Record<string, unknown>).balance, exact);
    await clear();
  });

  test('what does not fit is refused, and nothing is rounded', async () => {
    const refusals: [text: string, code: string][] = [
      ['12.505', 'scale'],
      ['"12.505"', 'scale'],
      ['"12,50"', 'format'],
      ['"1e500"', 'range'],
      ['1e500', 'range'],
      [`"${'9'.repeat(37)}.99"`, 'range'],
      ['-100000000000000000000', 'minimum'],
      ['true', 'type'],
      ['null', 'required'],
      ['["1"]', 'type'],
    ];
    for (const [text, code] of refusals) {
      const { status, body } = await sendText('POST', '/v1/invoices', `{"total":${text}}`);
      assert.equal(status, 422, text);
      const errors = body.errors as { pointer: string; code: string }[];
      assert.deepEqual(
        errors.map((error) => [error.pointer, error.code]),
        [['/total', code]],
        text,
      );
    }
  });

  test('lists sort, filter and page by value, whatever the digits', async () => {
    const values = [
      '-12.50',
      '-12.05',
      '-9.00',
      '-0.10',
      '0.00',
      '0.01',
      '9.00',
      '10.00',
      '12.05',
      '12.50',
      exact,
    ];
    for (const [index, total] of values.toReversed().entries()) {
      const { status } = await app.send('POST', '/v1/invoices', {
        body: { total, pages: index, code: `${index}` },
      });
      assert.equal(status, 201);
    }
    assert.deepEqual(await totals('sort=total'), values);
    assert.deepEqual(await totals('sort=-total'), values.toReversed());
    for (const sort of ['total', '-total', 'code', 'of.total', 'net,-total']) {
      const paged: unknown[] = [];
      let next: string | null = '';
      while (next !== null) {
        const { data, page }: List = await list(
          `sort=${sort}&limit=2${next === '' ? '' : `&cursor=${next}`}`,
        );
        paged.push(...data.map(({ id }) => id));
        next = page.next;
      }
      assert.deepEqual(
        paged,
        (await list(`sort=${sort}&limit=200`)).data.map(({ id }) => id),
        sort,
      );
      assert.equal(new Set(paged).size, values.length);
    }
    const filters: [filter: string, expected: unknown[]][] = [
      ['total > 10', ['12.05', '12.50', exact]],
      ['total == 12.5', ['12.50']],
      [`total == ${exact}`, [exact]],
      [`total == "${exact}"`, [exact]],
      ['total in [0, -12.50, "9"]', ['-12.50', '0.00', '9.00']],
      ['-total > 9.00 && total < rate', ['-12.50', '-12.05']],
      ['total + total == 24.1', ['12.05']],
      ['total * rate == 2.375', ['12.50']],
      ['total * 100 == pages', []],
      ['total - pages > 3.0 && total < 100.0', ['9.00', '10.00', '12.05', '12.50']],
      ['net == null && total <= -9', ['-12.50', '-12.05', '-9.00']],
    ];
    for (const [filter, expected] of filters)
      assert.deepEqual(await totals(`sort=total&filter=${encodeURIComponent(filter)}`), expected, filter);
    const wrong = await app.send('GET', `/v1/invoices?filter=${encodeURIComponent('total / 2 > 1')}`);
    assert.equal(wrong.body.detail, '"/" does not work on a decimal and an int.');
    await clear();
  });

  test('unique, rules and conditional writes see the value, not how it is written', async () => {
    const first = await app.send('POST', '/v1/invoices', { body: { total: '2000', code: '7' } });
    const taken = await app.send('POST', '/v1/invoices', { body: { total: '1', code: '7.000' } });
    assert.equal(taken.status, 409);
    const path = `/v1/invoices/${String(first.body.id)}`;
    assert.equal((await app.send('PATCH', path, { body: { total: '999.99' } })).status, 401);
    const same = await app.send('PATCH', path, { body: { total: 2000, code: 7 } });
    assert.deepEqual([same.status, same.body.total, same.body.code], [200, '2000.00', '7']);
    assert.equal((await app.send('PATCH', path, { body: { total: '1000' } })).body.total, '1000.00');
    await clear();
  });

  test('the API description says what a decimal looks like', async () => {
    const { body } = await app.send<{ components: { schemas: Record<string, unknown> } }>(
      'GET',
      '/openapi.json',
    );
    const text = JSON.stringify(body.components.schemas);
    assert.match(text, /"total":\{[^}]*"type":"string"[^}]*"format":"decimal"/);
    assert.match(text, /"pattern":"\^-\?\(0\|\[1-9\]\\\\d\{0,37\}\)\(\\\\\.\\\\d\{1,2\}\)\?\$"/);
    assert.doesNotMatch(text, /"scale"/);
  });
});
