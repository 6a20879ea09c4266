import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { onePropertyOfEachKind } from '../support/collections.ts';
import { startApp, type SignedUp, type TestApp } from '../support/plinth/app.ts';
import { eachDatabase } from '../support/databases.ts';
import { assertProblem } from '../support/problems.ts';
import { RawConnection } from '../support/raw-http.ts';

/** Bodies for a collection with one property of each kind; the title is always there. */
const bodies: readonly (readonly [string, string])[] = [
  ['a number beyond doubles', '{"title":"x","weight":1e999}'],
  ['minus a number beyond doubles', '{"title":"x","weight":-1e999}'],
  ['an integer beyond 2^53', '{"title":"x","anything":9007199254740993}'],
  ['an integer that is a fraction', '{"title":"x","count":1.5}'],
  ['a NUL in a text', '{"title":"a\\u0000b"}'],
  ['half a surrogate pair', '{"title":"\\ud800"}'],
  ['half a surrogate pair in a name', '{"title":"x","\\udfff":1}'],
  ['half a surrogate pair deep inside', '{"title":"x","anything":{"a":["\\ud800"]}}'],
  ['__proto__', '{"title":"x","__proto__":{"owner":"me"}}'],
  ['__proto__ deep inside', '{"title":"x","anything":{"__proto__":{"admin":true}}}'],
  ['constructor', '{"title":"x","constructor":{"prototype":{"admin":true}}}'],
  ['toString', '{"title":"x","toString":"y"}'],
  ['an empty name', '{"title":"x","":1}'],
  ['a column that is no property', '{"title":"x","rowid":1}'],
  ['a name with quotes', '{"title":"x","\\"; drop table things; --":1}'],
  ['the same member twice', '{"title":"x","title":"y"}'],
  ['a text for everything', '{"title":"x","count":"1","weight":"2","done":"true","labels":"a","shape":"{}"}'],
  ['an array for everything', '{"title":[],"count":[],"day":[],"code":[],"place":[]}'],
  ['an object for everything', '{"title":{},"count":{},"day":{},"code":{},"place":{}}'],
  ['null for everything', '{"title":null,"count":null,"done":null,"place":null,"owner":null}'],
  ['a day that is none', '{"title":"x","day":"2026-02-30"}'],
  ['a day of the year 0', '{"title":"x","day":"0000-01-01"}'],
  ['a moment in the year 10000', '{"title":"x","at":"+010000-01-01T00:00:00Z"}'],
  ['a moment that an offset moves out of range', '{"title":"x","at":"9999-12-31T23:59:59-23:59"}'],
  ['a leap second', '{"title":"x","at":"2016-12-31T23:59:60Z"}'],
  ['a reference that is no UUID', '{"title":"x","place":"1"}'],
  ['a reference to nothing', '{"title":"x","place":"019b0000-0000-7000-8000-00000000dead"}'],
  ['100,000 labels', `{"title":"x","labels":[${'"a",'.repeat(99_999)}"a"]}`],
  [
    '20,000 unknown members',
    `{"title":"x",${Array.from({ length: 20_000 }, (_, index) => `"m${index}":1`).join()}}`,
  ],
  ['a nest of 200', `{"title":"x","anything":${'['.repeat(198)}${']'.repeat(198)}}`],
  ['a nest of 100,000', `{"title":"x","anything":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['a text of 900 kB', JSON.stringify({ title: 'x', anything: 'y'.repeat(900_000) })],
  ['a code too long for an index', JSON.stringify({ title: 'x', code: 'ж'.repeat(20) })],
  ['no object', '[]'],
  ['a text', '"title"'],
  ['null', 'null'],
];

const queries = [
  'filter=' + '('.repeat(3000),
  'filter=' + '!'.repeat(3000) + 'done',
  'filter=' + encodeURIComponent(Array(150).fill('count == 1').join(' || ')),
  'filter=' + encodeURIComponent('title == "' + '\\'.repeat(1000) + '"'),
  'filter=__proto__ == 1',
  'filter=constructor.name == "x"',
  'filter=title.matches("(a%2B)%2B$")',
  'filter=secret == "x"',
  'filter=count == 99999999999999999999',
  'filter=weight < 1e999',
  'filter=title == "%00"',
  'filter=1 / 0 == 1',
  'filter=count % 25 0 == 1',
  'sort=' + 'title,'.repeat(500),
  'sort=' + Array(100).fill('-title').join(','),
  'sort=__proto__',
  'sort=place.lead.place.lead.place.lead.name',
  'sort=secret',
  'limit=0',
  'limit=201',
  'limit=1e2',
  'limit=١',
  'limit=9999999999999999999999',
  'cursor=abc',
  'cursor=%00',
  'cursor=' + 'a'.repeat(7000),
  'fields=__proto__',
  'fields=,,,',
  'fields=' + 'title,'.repeat(1000),
  'expand=' + 'place.lead,'.repeat(300),
  'expand=toString',
  'q=%00',
  'q=' + encodeURIComponent('"*'.repeat(500)),
  'q=' + 'a+'.repeat(2000),
  'count=EXACT',
  'count=',
  '=',
  '&&&',
  '%00=1',
  'constructor=1',
];

const ids = [
  '1',
  '__proto__',
  '%00',
  '%ff',
  '..%2f..',
  "'%20or%201=1",
  'a'.repeat(5000),
  '019B0000-0000-7000-8000-00000000DEAD',
  '{id}',
  '%7Bid%7D',
  '😀'.repeat(10),
];

eachDatabase((database) => {
  let app: TestApp;
  let person: SignedUp;

  before(async () => {
    app = await startApp({ database: await database.createUrl(), collections: onePropertyOfEachKind });
    person = await app.signUp();
  });

  /** Over a real connection: an HTTP client would mend some of it. */
  async function exchange(method: string, target: string, body?: string) {
    const connection = await RawConnection.open(app.port);
    const lines = [
      `${method} ${target.replaceAll(' ', '+')} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${person.token}`,
      ...(body === undefined
        ? []
        : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
    ];
    const started = performance.now();
    const answer = await connection.send(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`).answer();
    connection.destroy();
    assert.ok(performance.now() - started < 5_000, `${target.slice(0, 80)} took too long`);
    if (answer.statusCode >= 400) assertProblem(answer, JSON.parse(answer.body).code);
    assert.ok(answer.statusCode < 500, answer.body);
    return answer;
  }

  describe('hostile bodies are refused or stored, never an error', () => {
    for (const [what, body] of bodies) {
      test(what, async () => {
        const answer = await exchange('POST', '/v1/things', body);
        assert.ok([201, 400, 409, 413, 422].includes(answer.statusCode), answer.body.slice(0, 300));
        if (answer.statusCode === 201) {
          const stored = await exchange('GET', `/v1/things/${JSON.parse(answer.body).id}`);
          assert.deepEqual(JSON.parse(stored.body), JSON.parse(answer.body));
        }
        assert.ok(answer.body.length < body.length + 20_000, 'the answer to a bad body is no larger than it');
        await exchange(
          'POST',
          '/batch',
          `{"operations":[{"method":"POST","path":"/v1/things","body":${body}}]}`,
        );
        await exchange('POST', '/auth/login', body);
        await exchange('PATCH', '/auth/me', body);
      });
    }
  });

  test('hostile queries are refused or answered, never an error', async () => {
    for (const query of queries) {
      const target = `/v1/things?${query}`;
      const answer = await exchange(
        'GET',
        encodeURI(decodeURI(target.replaceAll('%', '%25'))).replaceAll('%25', '%'),
      );
      if (answer.statusCode >= 400)
        assert.match(answer.body, /invalid_query|malformed_request/, query.slice(0, 80));
    }
  });

  test('hostile ids and names are 404, or 400 where they are no text', async () => {
    for (const id of ids) {
      for (const path of [
        `/v1/things/${id}`,
        `/v1/${id}`,
        `/v1/${id}/${id}`,
        `/errors/${id}`,
        `/auth/sessions/${id}`,
      ]) {
        for (const method of ['GET', 'DELETE']) {
          const answer = await exchange(method, encodeURI(path).replaceAll('%25', '%'));
          assert.ok([400, 404, 405, 414].includes(answer.statusCode), `${method} ${path}: ${answer.body}`);
        }
      }
    }
  });

  test('and none of it was worth more than an information in the log', () => {
    assert.ok(app.log.length > 200);
    assert.deepEqual(
      app.log.filter(({ level }) => level === 'warn' || level === 'error'),
      [],
    );
  });
});
