import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { failureOf, openWorld, problemOf, query, type World } from './fixture.ts';

const things: CollectionDefinition = {
  name: 'things',
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 20, unique: true },
    free: { type: 'string' },
    whole: { type: 'integer', maximum: 9_007_199_254_740_991 },
    real: { type: 'number', multipleOf: 0.01 },
    flag: { type: 'boolean' },
    kind: { enum: ['a', 'b'], default: 'a' },
    day: { type: 'string', format: 'date' },
    moment: { type: 'string', format: 'date-time' },
    moments: { type: 'array', items: { type: 'string', format: 'date-time' } },
    mail: { type: 'string', format: 'email' },
    code: { type: 'string', pattern: '^([a-z]+)+$', maxLength: 12 },
    list: { type: 'array', items: { type: 'object' }, uniqueItems: true },
    marks: { type: 'array', contains: { const: 'x' }, minContains: 0, maxContains: 1 },
    meta: { type: 'object', properties: { n: { type: 'integer' } }, maxProperties: 4 },
    any: {},
    other: { reference: 'things' },
    fixed: { type: 'string', readOnly: true, default: 'fixed' },
    hiddenFixed: { type: 'string', readOnly: true, private: true, default: 'secret' },
    constructor: { type: 'string' },
  },
  required: ['name'],
  rules: { list: 'true', read: 'true', create: 'true', update: 'true', delete: 'true' },
};

const other = '0199c7a0-0000-7000-8000-0000000000AB';

eachDatabase((database) => {
  let opened: Promise<World> | undefined;
  const world = () => (opened ??= openWorld(database, [things]));
  let made = 0;
  const create = async (body: object) => {
    const { records, admin } = await world();
    return (await records.create(admin, 'things', { name: `n${made++}`, ...body }, query())).record;
  };
  const failure = (body: object) => failureOf(create(body));

  it('reports all that is wrong with a body at once, and what would be allowed', async () => {
    const { details, code } = await problemOf(
      create({ name: 'x', kind: 'c', whole: 1.5, flag: 'yes', nmae: 1, day: '2026-02-30', meta: { n: 'x' } }),
    );
    assert.equal(code, 'validation_failed');
    assert.deepEqual(details.errors, [
      { pointer: '/nmae', code: 'unknown', detail: '"things" has no property "nmae"; did you mean "name"?' },
      {
        pointer: '/day',
        code: 'format',
        detail: 'must be a date such as 2026-01-31, in the years 0001 to 9999',
      },
      { pointer: '/name', code: 'minLength', detail: 'must NOT have fewer than 2 characters' },
      { pointer: '/whole', code: 'type', detail: 'must be integer' },
      { pointer: '/flag', code: 'type', detail: 'must be boolean' },
      { pointer: '/kind', code: 'enum', detail: 'must be one of "a", "b"' },
      { pointer: '/meta/n', code: 'type', detail: 'must be integer' },
    ]);
    assert.equal(details.detail, '7 properties are not valid');
  });

  it('refuses what the two databases would not keep alike', async () => {
    assert.deepEqual(await failure({ free: 'a\0b' }), ['validation_failed', '/free characters']);
    assert.deepEqual(await failure({ free: 'half \ud83d' }), ['validation_failed', '/free characters']);
    assert.deepEqual(await failure({ any: { 'k\0': 1 } }), ['validation_failed', '/any/k\0 characters']);
    assert.deepEqual(await failure({ real: Infinity }), ['validation_failed', '/real range']);
    assert.deepEqual(await failure({ any: [-Infinity] }), ['validation_failed', '/any/0 range']);
    assert.deepEqual(await failure({ whole: 2 ** 53 }), ['validation_failed', '/whole range']);
    assert.deepEqual(await failure({ day: '0000-01-01' }), ['validation_failed', '/day format']);
    assert.deepEqual(await failure({ moment: '10000-01-01T00:00:00Z' }), [
      'validation_failed',
      '/moment format',
    ]);
    assert.deepEqual(await failure({ moment: '2026-01-31T24:00:00Z' }), [
      'validation_failed',
      '/moment format',
    ]);
    assert.deepEqual(await failure({ other: 'nonsense' }), ['validation_failed', '/other format']);
    const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown;
    assert.deepEqual(await failure({ any: deep }), ['validation_failed', `/any${'/0'.repeat(32)} depth`]);
    const wide = Array.from({ length: 30_000 }, () => 0);
    assert.deepEqual(await failure({ any: wide }), ['validation_failed', '/any/19998 size']);
    assert.deepEqual(await failure({ name: 'é'.repeat(2_000) }), ['validation_failed', '/name maxLength']);
  });

  it('keeps values in one form on both databases', async () => {
    const record = await create({
      whole: -0,
      real: 19.99,
      moment: '2026-01-31T10:00:00.98765+02:00',
      moments: ['2026-01-31T00:00:00+01:00'],
      any: { ccc: 1, bb: { z: -0, y: [1e300, 5e-324] }, a: null, 10: 'x', 9: 'y' },
      constructor: 'own',
    });
    assert.equal(record.whole, 0);
    assert.equal(record.moment, '2026-01-31T08:00:00.987Z');
    assert.deepEqual(record.moments, ['2026-01-30T23:00:00.000Z']);
    assert.equal(
      JSON.stringify(record.any),
      '{"9":"y","10":"x","a":null,"bb":{"y":[1e+300,5e-324],"z":0},"ccc":1}',
    );
    const { records, admin } = await world();
    const { record: read } = await records.read(admin, 'things', record.id, query());
    assert.equal(JSON.stringify(read), JSON.stringify(record));
  });

  it('takes ids in any case and answers them in lower case', async () => {
    const first = await create({});
    const second = await create({ other: first.id.toUpperCase() });
    assert.equal(second.other, first.id);
    const { records, admin } = await world();
    assert.equal((await records.read(admin, 'things', first.id.toUpperCase(), query())).id, first.id);
  });

  it('treats __proto__, constructor and toString as names like any other', async () => {
    const hostile = JSON.parse(
      '{"__proto__": {"admin": true}, "toString": 1, "hasOwnProperty": 1}',
    ) as object;
    const body = Object.defineProperties({ name: 'proto' }, Object.getOwnPropertyDescriptors(hostile));
    const { records, admin } = await world();
    assert.deepEqual(await failureOf(records.create(admin, 'things', body, query())), [
      'validation_failed',
      '/__proto__ unknown',
      '/toString unknown',
      '/hasOwnProperty unknown',
    ]);
    const inside = await create({ any: JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as object });
    assert.equal(JSON.stringify(inside.any), '{"__proto__":{"x":1},"constructor":2}');
  });

  it('never repeats a long value or name of a body in an error', async () => {
    const long = 'x'.repeat(5_000);
    const { details } = await problemOf(create({ [long]: 1, kind: long, meta: { [long]: 1, n: long } }));
    assert.ok(JSON.stringify(details).length < 1_500);
  });

  it('counts what a list contains', async () => {
    assert.deepEqual((await create({ marks: ['y'] })).marks, ['y']);
    assert.deepEqual(await failure({ marks: ['x', 'x'] }), ['validation_failed', '/marks contains']);
  });

  it('is done with hostile patterns, formats and unique items at once', async () => {
    const start = performance.now();
    assert.deepEqual(await failure({ code: `${'a'.repeat(100_000)}!` }), [
      'validation_failed',
      '/code maxLength',
    ]);
    assert.deepEqual(await failure({ mail: `a@${'a'.repeat(500_000)}` }), [
      'validation_failed',
      '/mail format',
    ]);
    const items = Array.from({ length: 9_000 }, (_, n) => ({ n }));
    await create({ list: items });
    assert.deepEqual(await failure({ list: [...items, { n: 5 }] }), [
      'validation_failed',
      '/list uniqueItems',
    ]);
    assert.ok(performance.now() - start < 2_000);
  });

  it('takes null for no value, but not where one is required', async () => {
    const record = await create({ kind: null, whole: null, free: null });
    assert.deepEqual([record.kind, record.whole, record.free], [null, null, null]);
    assert.deepEqual(await failure({ name: null }), ['validation_failed', '/name required']);
    const { records, admin } = await world();
    assert.deepEqual(await failureOf(records.create(admin, 'things', {}, query())), [
      'validation_failed',
      '/name required',
    ]);
    for (const body of [null, [], 'text', 5, undefined])
      assert.deepEqual(await failureOf(records.create(admin, 'things', body, query())), [
        'validation_failed',
        ' type',
      ]);
  });

  it('accepts a readOnly value only as it is, and none from who cannot see it', async () => {
    const { records, user } = await world();
    const ann = await user('ann');
    const stored = await create({ fixed: 'fixed' });
    assert.deepEqual(await failure({ fixed: 'other' }), ['validation_failed', '/fixed readOnly']);
    assert.deepEqual(await failure({ id: other }), ['validation_failed', '/id readOnly']);
    const patch = (body: object) => failureOf(records.update(ann, 'things', stored.id, body, query()));
    assert.deepEqual(await patch({ fixed: 'x', version: 7, createdAt: 'x' }), [
      'validation_failed',
      '/createdAt format',
      '/fixed readOnly',
      '/version readOnly',
    ]);
    assert.deepEqual(await patch({ hiddenFixed: 'wrong' }), ['validation_failed', '/hiddenFixed readOnly']);
    assert.deepEqual(await patch({ hiddenFixed: 'secret' }), ['validation_failed', '/hiddenFixed readOnly']);
  });

  it('says what is wrong without writing', async () => {
    const { records, admin } = await world();
    const check = (body: unknown, operation: 'create' | 'update') =>
      records.check(admin, 'things', body, operation).map(({ pointer, code }) => `${pointer} ${code}`);
    assert.deepEqual(check({ kind: 'c' }, 'create'), ['/name required', '/kind enum']);
    assert.deepEqual(check({ kind: 'c', fixed: 'x' }, 'update'), ['/kind enum']);
  });
});
