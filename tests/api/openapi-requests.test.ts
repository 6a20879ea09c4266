import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import { startApp, type SignedUp, type TestApp } from '../support/plinth/app.ts';
import { onePropertyOfEachKind } from '../support/collections.ts';
import { eachDatabase } from '../support/databases.ts';
import { OpenApiDocument, type DescribedOperation } from '../support/openapi-document.ts';
import { valuesOf } from '../support/schema-arbitraries.ts';

const runs = 40;
/** Two operations share these pairs of values with what is there, so that not every id is unknown. */
const pool: Record<string, string[]> = { places: [], things: [], users: [] };
const hostile = [
  '',
  ' ',
  '\0',
  '__proto__',
  'constructor',
  "' or 1=1 --",
  '%',
  '😀',
  '1e999',
  'a'.repeat(3000),
  '[[[[',
  '$user',
  '-',
  ',',
  '..',
];

/** What every collection here understands. */
const queryValues: Readonly<Record<string, string>> = {
  filter: 'version >= 1 && createdAt > timestamp("2020-01-01T00:00:00Z")',
  sort: '-createdAt,id',
  limit: '3',
  fields: 'id,createdAt',
  q: 'write*',
  count: 'exact',
};

const callers = ['user', 'user', 'admin', 'anonymous'] as const;

interface Try {
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly body: unknown;
  readonly principal: (typeof callers)[number];
}

function idsFor({ path }: DescribedOperation): fc.Arbitrary<string> {
  const known = pool[path.split('/')[2] ?? ''] ?? [];
  return known.length === 0
    ? fc.uuid()
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, fc.uuid());
}

function valid(document: OpenApiDocument, operation: DescribedOperation): fc.Arbitrary<Try> {
  const queries = operation.parameters.filter(({ name }) => Object.hasOwn(queryValues, name));
  return fc.record({
    path: fc.record(
      Object.fromEntries(
        operation.parameters
          .filter((parameter) => parameter.in === 'path')
          .map(({ name }) => [
            name,
            name === 'code' ? fc.constantFrom('internal', 'nothing') : idsFor(operation),
          ]),
      ),
      { noNullPrototype: true },
    ),
    query: fc.subarray(queries.map(({ name }) => [name, queryValues[name] as string] as const)),
    body:
      operation.body === undefined
        ? fc.constant(undefined)
        : valuesOf(operation.body, document.resolve).map(referTo),
    principal: fc.constantFrom(...callers),
  });
}

/** References that are made up lead nowhere; most of them are turned to what is there. */
function referTo(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const { place } = body as { place?: string };
  return typeof place === 'string' && place < 'c' && pool.places?.[0]
    ? { ...body, place: pool.places[0] }
    : body;
}

function invalid(document: OpenApiDocument, operation: DescribedOperation): fc.Arbitrary<Try> {
  const names = [
    ...operation.parameters.filter((one) => one.in === 'query').map((one) => one.name),
    'nothing',
    '__proto__',
  ];
  const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary', maxLength: 20 }));
  return valid(document, operation).chain((good) =>
    fc.record({
      path: fc.oneof(
        fc.constant(good.path),
        fc.constant(Object.fromEntries(Object.keys(good.path).map((name) => [name, 'toString']))),
      ),
      query: fc.array(fc.tuple(fc.constantFrom(...names), text), { maxLength: 2 }),
      body:
        operation.body === undefined
          ? fc.constant(undefined)
          : fc.oneof(fc.jsonValue(), spoiled(good.body, text)),
      principal: fc.constant(good.principal),
    }),
  );
}

/** A good body with one member too many, or one that is something else. */
function spoiled(body: unknown, text: fc.Arbitrary<string>): fc.Arbitrary<unknown> {
  if (typeof body !== 'object' || body === null) return fc.jsonValue();
  const names = fc.constantFrom(...Object.keys(body), '__proto__', 'constructor', 'id', 'version', 'extra');
  return fc
    .tuple(names, fc.oneof(text, fc.jsonValue()))
    .map(([name, value]) => Object.fromEntries([...Object.entries(body), [name, value]]));
}

eachDatabase((database) => {
  let app: TestApp;
  let document: OpenApiDocument;
  let people: { user: SignedUp; admin: SignedUp };

  before(async () => {
    app = await startApp({ database: await database.createUrl(), collections: onePropertyOfEachKind });
    document = new OpenApiDocument((await app.send('GET', '/openapi.json')).body);
    people = { user: await app.signUp(), admin: await app.signUpAdmin() };
    for (const key of Object.keys(pool)) pool[key] = [];
    for (const name of ['places', 'things']) {
      for (let index = 0; index < 5; index++) {
        const body = name === 'places' ? { name: `Place ${index}` } : { title: `write ${index}` };
        const made = await app.send<{ id: string }>('POST', `/v1/${name}`, {
          token: people.user.token,
          body,
        });
        assert.equal(made.status, 201, JSON.stringify(made.body));
        pool[name]?.push(made.body.id);
      }
    }
    for (let index = 0; index < 3; index++) pool.users?.push((await app.signUp()).user.id);
  });

  async function send(operation: DescribedOperation, { path, query, body, principal }: Try): Promise<number> {
    // What signs people out or removes them is done by people of its own.
    const isPersonal = operation.path.startsWith('/auth/') && operation.operationId !== 'authRegister';
    const by = principal === 'anonymous' ? undefined : isPersonal ? await app.signUp() : people[principal];
    const filled = operation.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
      encodeURIComponent(path[name] ?? ''),
    );
    const search = query.map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`,
    );
    const url = search.length === 0 ? filled : `${filled}?${search.join('&')}`;
    const answer = await app.inject({
      method: operation.method.toUpperCase() as 'GET',
      url,
      headers: {
        accept: 'application/json',
        ...(by === undefined ? {} : { authorization: `Bearer ${by.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    document.assertDescribed(operation, answer, `${url} ${JSON.stringify(body)} as ${principal}`);
    return answer.statusCode;
  }

  test('every valid request is answered as described, and every operation succeeds for somebody', async () => {
    assert.ok(document.operations.length > 25);
    for (const operation of document.operations) {
      const seen = new Set<number>();
      await fc.assert(
        fc.asyncProperty(valid(document, operation), async (request) => {
          seen.add(await send(operation, request));
        }),
        { numRuns: runs, endOnFailure: true },
      );
      const guessed = [
        'authLogin',
        'authRefresh',
        'authPassword',
        'authEmail',
        'authEndSession',
        'batch',
        'authUpdateMe',
      ];
      if (!guessed.includes(operation.operationId)) {
        assert.ok(
          [...seen].some((status) => status < 300),
          `${operation.operationId}: only ${[...seen].join(', ')}`,
        );
      }
    }
  });

  test('every invalid request is answered as described, never with a 5xx', async () => {
    for (const operation of document.operations) {
      await fc.assert(
        fc.asyncProperty(invalid(document, operation), async (request) => {
          await send(operation, request);
        }),
        { numRuns: runs, endOnFailure: true },
      );
    }
    assert.deepEqual(
      app.log.filter((line) => line.level === 'error'),
      [],
    );
  });
});
