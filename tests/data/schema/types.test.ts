import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PropertyDefinition } from '#domain/collections/definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { eachDatabase } from '../../support/databases.ts';
import { define, definitions, id, lines, Living } from './fixture.ts';

const types: Readonly<Record<string, PropertyDefinition>> = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  timestamp: { type: 'string', format: 'date-time' },
  json: {},
};

/** From, to, values before and after. */
type Row = readonly [from: string, to: string, before: readonly JsonValue[], after: readonly JsonValue[]];

const widenings: readonly Row[] = [
  ['integer', 'number', [9007199254740991, -1, null], [9007199254740991, -1, null]],
  ['integer', 'string', [9007199254740991, 0], ['9007199254740991', '0']],
  ['number', 'string', [1, 0.1, 1e21, 5e-324, -2.5], ['1', '0.1', '1e+21', '5e-324', '-2.5']],
  ['boolean', 'string', [true, false, null], ['true', 'false', null]],
  ['date', 'string', ['2026-01-31'], ['2026-01-31']],
  ['timestamp', 'string', ['2026-01-31T10:00:00.120Z'], ['2026-01-31T10:00:00.120Z']],
  [
    'date',
    'timestamp',
    ['2026-01-31', '0001-01-01'],
    ['2026-01-31T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
  ],
  ['string', 'json', ['a', '{"a":1}', null], ['a', '{"a":1}', null]],
  ['integer', 'json', [3], [3]],
  ['number', 'json', [0.5], [0.5]],
  ['boolean', 'json', [true, false], [true, false]],
  ['date', 'json', ['2026-01-31'], ['2026-01-31']],
  ['timestamp', 'json', ['2026-01-31T10:00:00.120Z'], ['2026-01-31T10:00:00.120Z']],
];

const narrowings: readonly Row[] = [
  ['number', 'integer', [2, 2.5, 1e300, -0.1], [2, null, null, null]],
  ['timestamp', 'date', ['2026-01-31T23:59:59.999Z'], ['2026-01-31']],
  [
    'string',
    'integer',
    ['12', '-3', '1.0', '1.5', 'x', '', '9007199254740993'],
    [12, -3, 1, null, null, null, null],
  ],
  ['string', 'number', ['1.5', '-1e3', '1e999', '.5', ' 1', '0x1'], [1.5, -1000, null, null, null, null]],
  ['string', 'boolean', ['true', 'false', 'TRUE', '1'], [true, false, null, null]],
  [
    'string',
    'date',
    ['2024-02-29', '2026-02-29', '31.1.2026', '0000-01-01'],
    ['2024-02-29', null, null, null],
  ],
  [
    'string',
    'timestamp',
    ['2026-01-31T10:00:00Z', '2026-01-31t10:00:00.1239+02:00', '2026-01-31', '0001-01-01T00:00:00+01:00'],
    ['2026-01-31T10:00:00.000Z', '2026-01-31T08:00:00.123Z', null, null],
  ],
  ['json', 'string', ['a', 1, ['a'], { a: 1 }, true], ['a', null, null, null, null]],
  ['json', 'integer', [1, 1.5, '1'], [1, null, null]],
  ['json', 'number', [1.5, '1'], [1.5, null]],
  ['json', 'boolean', [false, 0], [false, null]],
  ['json', 'date', ['2026-01-31', {}], ['2026-01-31', null]],
  ['json', 'timestamp', ['2026-01-31T10:00:00Z', 5], ['2026-01-31T10:00:00.000Z', null]],
];

const impossible: readonly Row[] = [
  ['integer', 'boolean', [1], [null]],
  ['boolean', 'integer', [true], [null]],
  ['date', 'number', ['2026-01-31'], [null]],
  ['integer', 'date', [20260131], [null]],
  ['boolean', 'timestamp', [true], [null]],
];

eachDatabase((database) => {
  for (const [kind, rows] of Object.entries({ widenings, narrowings, impossible })) {
    test(`${kind} of every type convert the values that are there`, async () => {
      const name = (row: Row) => `${row[0]}To${row[1]}`;
      const before = define(
        'things',
        Object.fromEntries(rows.map((row) => [name(row), types[row[0]] ?? {}])),
      );
      const after = define('things', Object.fromEntries(rows.map((row) => [name(row), types[row[1]] ?? {}])));
      const living = await Living.on(database, before);
      const records = Math.max(...rows.map(([, , values]) => values.length));
      await living.insert(
        'things',
        Array.from({ length: records }, (_, index) =>
          Object.fromEntries(rows.map((row) => [name(row), row[2][index] ?? null])),
        ),
      );
      const steps = await living.apply(after);
      for (const [index, row] of rows.entries()) {
        assert.deepEqual(
          (await living.values('things', name(row))).slice(0, row[3].length),
          row[3],
          name(row),
        );
        const lost = row[2].filter((value, at) => value !== null && row[3][at] === null).length;
        const step = steps[index];
        assert.equal(step?.summary, `change property "${name(row)}" from ${row[0]} to ${row[1]}`);
        assert.equal(step?.destructive, kind !== 'widenings', name(row));
        if (lost > 0) assert.match(step?.consequence ?? '', new RegExp(`^${lost} records? holds? a value`));
      }
    });
  }

  test('a value that cannot be converted gets the default, and is refused where there must be one', async () => {
    const living = await Living.on(
      database,
      define('tasks', { size: { type: 'string' } }, { required: ['size'] }),
    );
    await living.insert('tasks', [{ size: '1' }, { size: 'large' }, { size: 'small' }]);
    const bare = define('tasks', { size: { type: 'integer' } }, { required: ['size'] });
    await assert.rejects(
      living.service.apply(definitions(bare), { allowDestructive: true }),
      /change property "size" from string to integer: cannot be done: 2 records would have no value/,
    );
    const steps = await living.apply(
      define('tasks', { size: { type: 'integer', default: 0 } }, { required: ['size'] }),
    );
    assert.equal(
      lines(steps)[0],
      'tasks: change property "size" from string to integer (destructive): 2 records hold a value that cannot be converted; it becomes the default 0',
    );
    assert.deepEqual(await living.values('tasks', 'size'), [1, 0, 0]);
  });

  test('a property is renamed, converted and made required at once', async () => {
    const living = await Living.on(
      database,
      define('tasks', { size: { type: 'string' }, note: { type: 'string' } }),
    );
    await living.insert('tasks', [
      { size: '1', note: 'n' },
      { size: null, note: 'm' },
    ]);
    await living.apply(
      define(
        'tasks',
        { count: { type: 'integer', was: 'size', default: 5 }, note: { type: 'string' } },
        { required: ['count'] },
      ),
    );
    assert.deepEqual(await living.values('tasks', 'count'), [1, 5]);
    assert.deepEqual(await living.values('tasks', 'note'), ['n', 'm']);
  });

  test('values of an enum are added, and taken away from the records that hold them', async () => {
    const of = (values: string[], more: PropertyDefinition = {}) =>
      define('tasks', { status: { enum: values, ...more } });
    const living = await Living.on(database, of(['todo', 'done']));
    await living.insert('tasks', [{ status: 'todo' }, { status: 'done' }, { status: null }]);
    assert.deepEqual(lines(await living.apply(of(['todo', 'doing', 'done']))), [
      'tasks: add "doing" to the enum of "status"',
    ]);
    assert.deepEqual(await living.apply(of(['done', 'doing', 'todo'])), [], 'their order is no difference');
    assert.deepEqual(lines(await living.apply(of(['doing', 'todo']))), [
      'tasks: remove "done" from the enum of "status" (destructive): 1 record holds such a value; it is lost',
    ]);
    assert.deepEqual(await living.values('tasks', 'status'), ['todo', null, null]);
    assert.deepEqual(lines(await living.apply(of(['doing'], { default: 'doing' }))), [
      'tasks: remove "todo" from the enum of "status" (destructive): 1 record holds such a value; it becomes the default "doing"',
      'tasks: change default of "status"',
    ]);
    assert.deepEqual(await living.values('tasks', 'status'), ['doing', null, null]);
  });

  test('removing a value of a required enum without a default is refused while records hold it', async () => {
    const of = (values: string[]) => define('tasks', { status: { enum: values } }, { required: ['status'] });
    const living = await Living.on(database, of(['todo', 'done']));
    await living.insert('tasks', [{ status: 'todo' }, { status: 'done' }]);
    await assert.rejects(
      living.service.apply(definitions(of(['todo'])), { allowDestructive: true }),
      /remove "done" from the enum of "status": cannot be done: 1 record would have no value/,
    );
    await living.database.write((transaction) =>
      transaction.run(living.database.build.deleteFrom('tasks').where('id', '=', id(1)).compile()),
    );
    await living.apply(of(['todo']));
  });

  test('more records than fit in one page are all converted', async () => {
    const living = await Living.on(database, define('tasks', { size: { type: 'string' } }));
    const rows = Array.from({ length: 1_203 }, (_, index) => ({
      size: index % 2 === 0 ? String(index) : 'x',
    }));
    await living.insert('tasks', rows);
    const steps = await living.apply(define('tasks', { size: { type: 'integer' } }));
    assert.match(lines(steps)[0] ?? '', /601 records hold a value that cannot be converted/);
    const values = await living.values('tasks', 'size');
    assert.deepEqual(
      values,
      rows.map((_, index) => (index % 2 === 0 ? index : null)),
    );
  });
});
