import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DatabaseUnavailable } from '#domain/errors/database-unavailable.ts';
import { catalogue, type ErrorCode } from '#domain/errors/catalogue.ts';
import { Problem } from '#domain/errors/problem.ts';
import { assertProblem } from '../support/problems.ts';
import { standInRecords, standInServer } from '../support/plinth/stand-ins.ts';

const json = { 'content-type': 'application/json' };

interface Refused {
  readonly because: string;
  readonly code: ErrorCode;
  readonly method?: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly payload?: string | Buffer;
}

const refusals: readonly Refused[] = [
  { because: 'an unknown path', code: 'not_found', url: '/nothing' },
  { because: 'a path below a record', code: 'not_found', url: '/v1/tasks/1/parts' },
  { because: 'a collection nobody declared', code: 'not_found', url: '/v1/others' },
  ...['toString', '__proto__', 'constructor', 'hasOwnProperty', '%00', 'tasks%00'].map((name) => ({
    because: `a collection called ${name}`,
    code: 'not_found' as const,
    url: `/v1/${name}`,
  })),
  { because: 'an error code called toString', code: 'not_found', url: '/errors/toString' },
  { because: 'an unknown file of the docs', code: 'not_found', url: '/docs/..%2fpackage.json' },
  { because: 'broken percent-encoding in the path', code: 'malformed_request', url: '/v1/%E0%A4%A' },
  { because: 'broken percent-encoding in an unknown path', code: 'malformed_request', url: '/%' },
  { because: 'a target of 9,000 characters', code: 'uri_too_long', url: `/v1/tasks?q=${'a'.repeat(9000)}` },
  { because: 'a path of 9,000 characters', code: 'uri_too_long', url: `/v1/${'a'.repeat(9000)}` },
  { because: 'broken percent-encoding in a query value', code: 'invalid_query', url: '/v1/tasks?q=%ff' },
  { because: 'the same parameter twice', code: 'invalid_query', url: '/v1/tasks?limit=1&limit=1' },
  {
    because: 'the same parameter twice, once encoded',
    code: 'invalid_query',
    url: '/v1/tasks?limit=1&%6cimit=1',
  },
  { because: 'a parameter where there is none', code: 'invalid_query', url: '/health/live?pretty=1' },
  { because: 'GET of what is written only', code: 'method_not_allowed', url: '/batch' },
  { because: 'a WebDAV method', code: 'method_not_allowed', method: 'PROPFIND', url: '/v1/tasks' },
  { because: 'TRACE', code: 'method_not_allowed', method: 'TRACE', url: '/v1/tasks' },
  {
    because: 'QUERY',
    code: 'method_not_allowed',
    method: 'QUERY',
    url: '/v1/tasks',
    headers: json,
    payload: '{}',
  },
  {
    because: 'POST of a user',
    code: 'method_not_allowed',
    method: 'POST',
    url: '/v1/users',
    headers: json,
    payload: '{}',
  },
  { because: 'POST of a page', code: 'method_not_allowed', method: 'POST', url: '/docs' },
  {
    because: 'Accept without JSON',
    code: 'not_acceptable',
    url: '/v1/tasks',
    headers: { accept: 'text/html' },
  },
  {
    because: 'Accept with JSON at q=0',
    code: 'not_acceptable',
    url: '/v1/tasks',
    headers: { accept: '*/*, application/json;q=0' },
  },
  { because: 'a page in XML', code: 'not_acceptable', url: '/', headers: { accept: 'application/xml' } },
  {
    because: 'a token nobody gave out',
    code: 'unauthenticated',
    url: '/v1/tasks',
    headers: { authorization: 'Bearer bad' },
  },
  {
    because: 'another scheme',
    code: 'unauthenticated',
    url: '/v1/tasks',
    headers: { authorization: 'Basic YTpi' },
  },
  {
    because: 'an old token',
    code: 'token_expired',
    url: '/v1/tasks',
    headers: { authorization: 'Bearer old' },
  },
];

describe('every refusal is a problem document', () => {
  for (const { because, code, method = 'GET', url, headers = {}, payload } of refusals) {
    test(`for ${because} it is ${code}`, async () => {
      const server = standInServer();
      const answer = await server.inject({
        method: method as 'GET',
        url,
        headers,
        ...(payload === undefined ? {} : { payload }),
      });
      const document = assertProblem(answer, code);
      assert.equal(document.instance, url.split('?')[0]);
    });
  }
});

test('a duplicate parameter is named', async () => {
  const answer = await standInServer().inject('/v1/tasks?sort=a&filter=b&sort=c');
  assert.equal(assertProblem(answer, 'invalid_query').parameter, 'sort');
});

test('405 lists the methods that work, HEAD and OPTIONS among them', async () => {
  const server = standInServer();
  const allow = async (url: string) => (await server.inject({ method: 'LOCK', url })).headers.allow;
  assert.equal(await allow('/v1/tasks'), 'GET, HEAD, POST, OPTIONS');
  assert.equal(await allow('/v1/tasks/1'), 'GET, HEAD, PATCH, PUT, DELETE, OPTIONS');
  assert.equal(await allow('/v1/users'), 'GET, HEAD, OPTIONS');
  assert.equal(await allow('/v1/users/1'), 'GET, HEAD, PATCH, PUT, DELETE, OPTIONS');
  assert.equal(await allow('/batch'), 'POST, OPTIONS');
});

test('401 says invalid_token only to those who sent a token', async () => {
  const anonymous = standInServer({
    records: standInRecords({
      create: async () => {
        throw new Problem('unauthenticated');
      },
    }),
  });
  const without = await anonymous.inject({ method: 'POST', url: '/v1/tasks', headers: json, payload: '{}' });
  assert.equal(without.headers['www-authenticate'], 'Bearer realm="plinth"');
  const withOne = await anonymous.inject({ url: '/v1/tasks', headers: { authorization: 'Bearer old' } });
  assert.match(String(withOne.headers['www-authenticate']), /error="invalid_token"/);
  const login = await anonymous.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { ...json, authorization: 'Bearer old' },
    payload: '{}',
  });
  assertProblem(login, 'invalid_credentials');
  assert.equal(login.headers['www-authenticate'], 'Bearer realm="plinth"');
});

/** A server whose reads fail with this. */
function failing(error: unknown) {
  return standInServer({
    records: standInRecords({
      read: async () => {
        throw error;
      },
    }),
  });
}

test('the details of a problem are all in the document', async () => {
  const server = failing(
    new Problem('conflict', {
      detail: 'No',
      errors: [{ pointer: '/a~1b', code: 'unique', detail: 'is taken' }],
      operation: 2,
      cause: new Error('SECRET inside'),
    }),
  );
  const answer = await server.inject('/v1/tasks/1?fields=title');
  const document = assertProblem(answer, 'conflict');
  assert.deepEqual(document, {
    type: '/errors/conflict',
    title: catalogue.conflict.title,
    status: 409,
    code: 'conflict',
    detail: 'No',
    instance: '/v1/tasks/1',
    requestId: answer.headers['x-request-id'],
    errors: [{ pointer: '/a~1b', code: 'unique', detail: 'is taken' }],
    operation: 2,
  });
  assert.doesNotMatch(answer.body, /SECRET/);
});

test('whatever else is thrown is a bare 500, and its cause is in the log alone', async () => {
  for (const thrown of [
    new Error('SECRET at /src/inside.ts'),
    'SECRET',
    null,
    Object.assign(new Error('SECRET'), { statusCode: 418 }),
  ]) {
    const server = failing(thrown);
    const answer = await server.inject('/v1/tasks/1');
    const document = assertProblem(answer, 'internal');
    assert.doesNotMatch(answer.body + JSON.stringify(answer.headers), /SECRET|inside/);
    const [line] = server.lines;
    assert.equal(line?.level, 'error');
    assert.equal(line?.requestId, document.requestId);
    if (thrown instanceof Error) assert.equal(line?.error, thrown);
  }
});

test('a database that is away is 503 with Retry-After, and a warning', async () => {
  const server = failing(new DatabaseUnavailable('unreachable', { cause: new Error('SECRET host') }));
  const answer = await server.inject('/v1/tasks/1');
  assertProblem(answer, 'unavailable');
  assert.equal(answer.headers['retry-after'], '2');
  assert.doesNotMatch(answer.body, /SECRET|unreachable/);
  assert.equal(server.lines[0]?.level, 'warn');
});

test('an error answer carries nothing of the success that was being made', async () => {
  const server = standInServer({
    records: standInRecords({
      create: async () => ({
        record: {
          id: 'x',
          toJSON: () => {
            throw new Error('cannot be written');
          },
        },
        id: 'x',
        version: 7,
      }),
    }),
  });
  const answer = await server.inject({ method: 'POST', url: '/v1/tasks', headers: json, payload: '{}' });
  assertProblem(answer, 'internal');
  assert.equal(answer.headers.etag, undefined);
  assert.equal(answer.headers.location, undefined);
});
