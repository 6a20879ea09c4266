import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { eachDatabase } from '../../support/databases.ts';
import { openWorld, query, type World } from './fixture.ts';

const groups: CollectionDefinition = {
  name: 'groups',
  properties: { rank: { type: 'integer' }, label: { type: 'string' } },
  rules: { list: 'true', read: 'true' },
};

const things: CollectionDefinition = {
  name: 'things',
  properties: {
    whole: { type: 'integer' },
    real: { type: 'number' },
    text: { type: 'string' },
    flag: { type: 'boolean' },
    day: { type: 'string', format: 'date' },
    moment: { type: 'string', format: 'date-time' },
    must: { type: 'integer' },
    group: { reference: 'groups' },
  },
  required: ['must'],
  indexes: [['whole'], ['must', 'text'], ['text']],
  rules: { list: 'true', read: 'true' },
};

/** Few values of each kind, so that there are ties; those that are easily spoiled on the way through a cursor. */
const values: Record<string, JsonValue[]> = {
  whole: [null, -1, 0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  real: [null, 0.1, 1e-300, 1.7976931348623157e308, 0.30000000000000004, -2.5],
  text: [null, '', 'a', 'B', 'ä', '\u{1f600}', '\uffff', 'a"\\\u0001'],
  flag: [null, true, false],
  day: [null, '0001-01-01', '2026-02-28', '9999-12-31'],
  moment: [null, '0001-01-01T00:00:00.000Z', '2026-01-01T00:00:00.001Z', '2026-01-01T00:00:00.002Z'],
  must: [1, 2],
  rank: [null, 1, 2],
  label: [null, 'x', 'y'],
};

const sortable = [
  'whole',
  'real',
  'text',
  'flag',
  'day',
  'moment',
  'must',
  'createdAt',
  'group',
  'group.rank',
  'group.label',
];

const someSort = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...sortable), { maxLength: 4 }),
    fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
    fc.constantFrom('', 'id'),
  )
  .map(([names, down, last]) =>
    [...names, ...(last === '' ? [] : [last])].map((name, index) => (down[index] ? `-${name}` : name)).join(),
  );

function oneOf(name: string): fc.Arbitrary<JsonValue> {
  return fc.constantFrom(...(values[name] as JsonValue[]));
}

const someThing = fc.record(
  Object.fromEntries(
    ['whole', 'real', 'text', 'flag', 'day', 'moment', 'must'].map((name) => [name, oneOf(name)]),
  ),
);

/** By the contract: null after every value ascending, text by code point, ties by id in the direction of the last key. */
function compareBy(sort: string, groupsById: Map<string, StoredRecord>) {
  const keys = sort === '' ? [] : sort.split(',');
  const last = keys.at(-1)?.startsWith('-') ?? false;
  const all = [...keys, last ? '-id' : 'id'];
  const valueOf = (record: StoredRecord, path: string): JsonValue => {
    const [name = '', inner] = path.split('.');
    const value = record[name] ?? null;
    return inner === undefined ? value : (groupsById.get(value as string)?.[inner] ?? null);
  };
  return (left: StoredRecord, right: StoredRecord): number => {
    for (const key of all) {
      const path = key.replace('-', '');
      const order = compareValues(valueOf(left, path), valueOf(right, path));
      if (order !== 0) return key.startsWith('-') ? -order : order;
    }
    return 0;
  };
}

function compareValues(left: JsonValue, right: JsonValue): number {
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  if (typeof left === 'string') return Buffer.compare(Buffer.from(left), Buffer.from(right as string));
  return left < right ? -1 : 1;
}

const seed = 20260301;

async function fill(world: World, count: number): Promise<StoredRecord[]> {
  const { records, database, admin, clock } = world;
  const made: StoredRecord[] = [];
  const groupIds: (string | null)[] = [null];
  await database.write(async (transaction) => {
    for (const body of fc.sample(fc.record({ rank: oneOf('rank'), label: oneOf('label') }), {
      numRuns: 4,
      seed,
    }))
      groupIds.push((await records.within.create(transaction, admin, 'groups', body)).id);
  });
  for (const body of fc.sample(someThing, { numRuns: count, seed })) {
    clock.advance(made.length % 2);
    const group = groupIds[made.length % groupIds.length];
    made.push(
      await database.write((transaction) =>
        records.within.create(transaction, admin, 'things', { ...body, group }),
      ),
    );
  }
  return made;
}

eachDatabase((database) => {
  it('pages over any sort while records come and go: nothing twice, nothing missed, all in order', async () => {
    const world = await openWorld(database, [groups, things]);
    const { records, admin } = world;
    const untouched = await fill(world, 40);
    await fc.assert(
      fc.asyncProperty(
        someSort,
        fc.integer({ min: 1, max: 9 }),
        fc.array(someThing, { maxLength: 6 }),
        async (sort, limit, coming) => {
          const passing: string[] = [];
          const seen: string[] = [];
          let cursor: string | null = null;
          let pages = 0;
          do {
            assert.ok(++pages < 500, 'it ends');
            const parameters = {
              limit: String(limit),
              ...(sort !== '' && { sort }),
              ...(cursor !== null && { cursor }),
            };
            const { data, page } = await records.list(admin, 'things', query(parameters));
            assert.ok(data.length <= limit);
            seen.push(...data.map(({ id }) => id));
            cursor = page.next;
            // Between the pages: one comes, and one that came before goes.
            const body = coming.pop();
            if (body !== undefined) passing.push((await world.seed('things', body)).id);
            if (passing.length > 2) await records.remove(admin, 'things', passing.shift() as string);
          } while (cursor !== null);
          for (const id of passing) await records.remove(admin, 'things', id);

          assert.equal(new Set(seen).size, seen.length, 'nothing twice');
          const groupsById = new Map(
            (await records.list(admin, 'groups', query({ limit: '200' }))).data.map((each) => [
              each.id,
              each as unknown as StoredRecord,
            ]),
          );
          const own = new Set(untouched.map(({ id }) => id));
          const expected = untouched.toSorted(compareBy(sort, groupsById)).map(({ id }) => id);
          assert.deepEqual(
            seen.filter((id) => own.has(id)),
            expected,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
