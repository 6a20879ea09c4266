import type { RecordValues, RecordSource } from '#domain/expressions/bindings.ts';
import { scaleOf, withScale } from '#domain/kinds/decimal-arithmetic.ts';
import type { ValueForm } from '#domain/kinds/kind.ts';
import { shapes } from './shapes.ts';

export type Records = ReadonlyMap<string, readonly RecordValues[]>;

/** Values that tell implementations apart: ends of ranges, text beyond the BMP, letters that only look alike. */
const values: Readonly<Record<string, readonly unknown[]>> = {
  string: [
    'a',
    '',
    'A',
    'b',
    'ab',
    'abc',
    'todo',
    'Straße',
    'é',
    'e\u0301',
    '\u{1f600}',
    'a\u{1f600}b',
    '\uffee',
    '\u{10ffff}',
    '%_',
    `'"\\`,
    ' a',
  ],
  integer: [1, 0, -1, 2, 3, 5, 100, 94_906_267, 2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1), -7],
  number: [1, 0, 0.5, -2.5, 0.1, 3, 1e150, 1.5e150, 1e-150, 9e-151, 1e308, 5e-324, 2 ** 53, -1e308, 1 / 3],
  decimal: [
    '0',
    '1',
    '-1',
    '12.5',
    '-12.5',
    '12.05',
    '-12.05',
    '9',
    '10',
    '-9',
    '-10',
    '0.1',
    '-0.1',
    '0.01',
    '99999999999999999999999999999999999999',
    '-99999999999999999999999999999999999999',
    '12345678901234567890.12',
    '-9999999999999999.99',
    '9007199254740993',
    '0.00000000000000000001',
    '-0.12345678901234567899',
    '12.49999999999999999999',
  ],
  boolean: [true, false],
  date: ['2026-01-31', '0001-01-01', '9999-12-31', '2024-02-29', '1969-12-31', '2026-02-01'],
  timestamp: [
    '2026-01-31T10:00:00.000Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
    '2026-01-31T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '2026-02-01T00:00:00.001Z',
  ],
  json: [
    { key: 'a', n: 1, deep: { key: true } },
    {},
    'a',
    1,
    true,
    [1, 'a'],
    { key: null, n: 'x', deep: 'a' },
    { key: 5, n: 0.1, deep: { key: 'b' } },
    { key: ['a'], n: 1e21, deep: { key: null } },
    { key: false, n: { key: 1 }, deep: [] },
    { n: 5e-324, key: '\u{1f600}' },
    null,
  ],
};

/** A small generator of our own: the data must be the same in every run and for every seed of the property tests. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** A decimal that fits the scale of its property, in the form that is stored. */
function decimalOf({ scale = 0 }: ValueForm, pick: (list: readonly unknown[]) => unknown): string {
  const fitting = (values.decimal as string[]).filter((decimal) => scaleOf(decimal) <= scale);
  return withScale(pick(fitting) as string, scale);
}

const counts: Readonly<Record<string, number>> = { users: 4, teams: 3, projects: 5, tasks: 40, members: 9 };

export const idOf = (collection: string, index: number): string =>
  `0198f000-0000-7000-8000-${[...shapes.keys()].indexOf(collection)}${String(index).padStart(11, '0')}`;

/** Records of every collection: every kind of value and null, references that lead in circles. */
export function makeRecords(seed = 1): Records {
  const roll = dice(seed);
  const pick = (list: readonly unknown[]) => list[roll(list.length)];
  const listOf = (kind: string) =>
    Array.from({ length: roll(4) }, () => (roll(8) === 0 ? null : pick(values[kind]!)));
  const made = new Map<string, RecordValues[]>();
  for (const [name, { properties }] of shapes) {
    const records = Array.from({ length: counts[name]! }, (_, index) => {
      const record: Record<string, unknown> = {};
      for (const property of properties.values()) {
        const target = property.reference?.collection;
        if (property.kind === 'uuid') record[property.name] = idOf(name, index);
        else if (!property.required && roll(4) === 0) record[property.name] = null;
        else if (target !== undefined) record[property.name] = idOf(target, roll(counts[target]!));
        else if (property.items !== undefined) record[property.name] = listOf(property.items);
        else if (property.kind === 'decimal') record[property.name] = decimalOf(property, pick);
        else record[property.name] = pick(values[property.kind]!);
      }
      return record as RecordValues;
    });
    made.set(name, records);
  }
  return made;
}

/** What expressions reach in memory; `sees` leaves records out that the caller may not see through that door. */
export function worldOf(
  records: Records,
  sees: (collection: string, record: RecordValues, access: 'read' | 'list') => boolean = () => true,
): RecordSource {
  const byId = new Map(
    [...records].map(([name, list]) => [name, new Map(list.map((record) => [record.id, record]))]),
  );
  return {
    byId(collection, id) {
      const record = byId.get(collection)?.get(id);
      return record !== undefined && sees(collection, record, 'read') ? record : undefined;
    },
    all: (collection) => records.get(collection)!.filter((record) => sees(collection, record, 'list')),
  };
}
