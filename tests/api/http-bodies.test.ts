import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ErrorCode } from '#domain/errors/catalogue.ts';
import { assertProblem } from '../support/problems.ts';
import { standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET';

function send(
  type: string | undefined,
  payload: string | Buffer | undefined,
  {
    method = 'POST',
    url = '/v1/tasks',
    headers = {},
  }: { method?: Method; url?: string; headers?: object } = {},
) {
  return standInServer().inject({
    method,
    url,
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
}

describe('a body is JSON in UTF-8', () => {
  const accepted = [
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; profile=x',
  ];
  for (const type of accepted) {
    test(`as ${type} it is taken`, async () => {
      const answer = await send(type, '{"title":"ä"}');
      assert.equal(answer.statusCode, 201);
      assert.deepEqual(answer.json().body, { title: 'ä' });
    });
  }

  const refused: readonly (readonly [string, string | undefined, object?])[] = [
    ['no type at all', undefined],
    ['text', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['a type that only begins alike', 'application/jsonx'],
    ['no media type', 'json'],
    ['nothing but a semicolon', ';'],
    ['Latin-1', 'application/json; charset=iso-8859-1'],
    ['UTF-16', 'application/json; charset=utf-16'],
    ['gzip', 'application/json', { 'content-encoding': 'gzip' }],
    ['a merge patch for POST', 'application/merge-patch+json'],
  ];
  for (const [what, type, headers = {}] of refused) {
    test(`as ${what} it is 415`, async () => {
      assertProblem(await send(type, '{"title":"x"}', { headers }), 'unsupported_media_type');
    });
  }

  test('and PATCH takes a merge patch too', async () => {
    for (const type of [
      'application/json',
      'application/merge-patch+json',
      'application/merge-patch+json; charset=utf-8',
    ]) {
      const answer = await send(type, '{"title":null}', { method: 'PATCH', url: '/v1/tasks/1' });
      assert.equal(answer.statusCode, 200);
      assert.deepEqual(answer.json().body, { title: null });
    }
    assertProblem(
      await send('application/json-patch+json', '[]', { method: 'PATCH', url: '/v1/tasks/1' }),
      'unsupported_media_type',
    );
  });
});

describe('two members of one name are refused, since others may read the other one', () => {
  const doubled = [
    '{"title":"x","title":"x"}',
    '{"title":"x","\\u0074itle":"y"}',
    '{"a":[{"b":{"c":1,"d":[],"c":{"x":":"}}}]}',
    '{"__proto__":1,"__proto__":2}',
    '{"":{},"":{}}',
  ];
  for (const payload of doubled) {
    test(payload, async () => {
      const document = assertProblem(await send('application/json', payload), 'malformed_request');
      assert.equal(document.detail, 'An object in the body has two members of one name');
    });
  }

  test('and nothing else is taken for them', async () => {
    const names = ['a', ':', '"', '\\', '\\"', '":"', 'ä', '__proto__', ''];
    const nested = names.map(
      (name) => `${JSON.stringify(name)}:[{${JSON.stringify(name)}:${JSON.stringify(names)}}]`,
    );
    const answer = await send('application/json', `{${nested.join(' , ')}}`);
    assert.equal(answer.statusCode, 201);
  });
});

describe('a broken body is malformed_request', () => {
  const broken: readonly (readonly [string, string | Buffer, number | undefined])[] = [
    ['an open object', '{"a":1', 6],
    ['a stray bracket', '{"a":]}', 5],
    ['single quotes', "{'a':1}", 1],
    ['a comma at the end', '{"a":1,}', 7],
    ['two values', '{} {}', 3],
    ['NaN', '{"a":NaN}', 5],
    ['a byte order mark', '\ufeff{}', 0],
    ['a control character in a string', '{"a":"\u0001"}', 6],
    ['a NUL', '\u0000', 0],
    ['only white space', ' \n', 2],
    ['half of a UTF-8 character', Buffer.from([0x22, 0xc3, 0x22]), undefined],
    ['an overlong NUL', Buffer.from([0x22, 0xc0, 0x80, 0x22]), undefined],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), undefined],
    ['gzip bytes', Buffer.from([0x1f, 0x8b, 0x08, 0x00]), undefined],
  ];
  for (const [what, payload, position] of broken) {
    test(`as ${what} is`, async () => {
      const document = assertProblem(await send('application/json', payload), 'malformed_request');
      assert.equal(document.position, position);
    });
  }

  test('as no body is where one is needed', async () => {
    for (const [method, url] of [
      ['POST', '/v1/tasks'],
      ['PATCH', '/v1/tasks/1'],
      ['PUT', '/v1/tasks/1'],
      ['POST', '/batch'],
      ['POST', '/auth/login'],
    ] as const) {
      assertProblem(await send(undefined, undefined, { method, url }), 'malformed_request');
      assertProblem(await send('application/json', undefined, { method, url }), 'malformed_request');
    }
  });

  test('and the values of the body are not in the answer', async () => {
    const answer = await send('application/json', '{"password":"hunter2" oops');
    assertProblem(answer, 'malformed_request');
    assert.doesNotMatch(answer.body, /hunter2|oops/);
  });
});

test('DELETE needs no body, whatever its Content-Type says', async () => {
  for (const type of [undefined, 'application/json']) {
    const answer = await send(type, undefined, { method: 'DELETE', url: '/v1/tasks/1' });
    assert.equal(answer.statusCode, 204);
    assert.equal(answer.body, '');
  }
});

test('a body over the limit is 413, one of exactly the limit is not', async () => {
  const server = standInServer({ settings: { bodyLimitBytes: 100 } });
  const post = (length: number) =>
    server.inject({
      method: 'POST',
      url: '/v1/tasks',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify('x'.repeat(length - 2)),
    });
  assert.equal((await post(100)).statusCode, 201);
  assertProblem(await post(101), 'payload_too_large');
});

test('nesting is limited, so nothing further in can overflow', async () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const status = async (payload: string) => (await send('application/json', payload)).statusCode;
  assert.equal(await status(nested(200)), 201);
  assertProblem(await send('application/json', nested(201)), 'malformed_request');
  assertProblem(await send('application/json', nested(450_000)), 'malformed_request');
  assertProblem(await send('application/json', '{"a":'.repeat(150_000)), 'malformed_request');
  assert.equal(
    await status(JSON.stringify(`\\"${'['.repeat(5000)}`)),
    201,
    'brackets in a string are no nesting',
  );
});

test('members called __proto__ and constructor are members like any other', async () => {
  let received: unknown;
  const server = standInServer({
    records: standInRecords({
      create: async ({ body }) => {
        received = body;
        return { record: { id: '1' }, id: '1', version: 1 };
      },
    }),
  });
  await server.inject({
    method: 'POST',
    url: '/v1/tasks',
    headers: { 'content-type': 'application/json' },
    payload: '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
  });
  assert.deepEqual(Object.keys(received as object), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(received), Object.prototype);
  assert.equal(({} as { admin?: boolean }).admin, undefined);
});

test('refused bodies keep the connection sound for the next request', async () => {
  const server = standInServer();
  const codes: readonly ErrorCode[] = ['malformed_request', 'unsupported_media_type'];
  for (const code of codes) {
    const type = code === 'malformed_request' ? 'application/json' : 'text/plain';
    assertProblem(
      await server.inject({
        method: 'POST',
        url: '/v1/tasks',
        headers: { 'content-type': type },
        payload: '{',
      }),
      code,
    );
  }
  assert.equal((await server.inject('/v1/tasks')).statusCode, 200);
});

describe('a type without a body, which clients send that set it always', () => {
  const server = standInServer();
  let url: string;
  before(async () => {
    ({ url } = await server.listen('127.0.0.1', 0));
  });
  after(() => server.close());

  /** `fetch` leaves Content-Length out as well, where there is no body. */
  const without = (method: string, path: string, type: string) =>
    fetch(url + path, {
      method,
      headers: { 'content-type': type },
      signal: AbortSignal.timeout(2_000),
    });

  for (const type of ['application/json', 'text/plain']) {
    test(`is no reason to wait for one, nor to refuse ${type}`, async () => {
      assert.equal((await without('DELETE', '/v1/tasks/1', type)).status, 204);
      assert.equal((await without('GET', '/v1/tasks', type)).status, 200);
      assert.equal((await without('OPTIONS', '/v1/tasks', type)).status, 204);
    });
  }

  test('is a body that is missing where there has to be one', async () => {
    const answer = await without('PATCH', '/v1/tasks/1', 'application/json');
    const { code, detail } = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([code, detail], ['malformed_request', 'The body is missing: send JSON']);
  });
});
