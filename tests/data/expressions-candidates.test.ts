import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '#data/index.ts';
import { compilePath } from '#domain/expressions/check.ts';
import { specialise } from '#domain/expressions/specialise.ts';
import type { RecordValues } from '#domain/expressions/bindings.ts';
import { bindParameters } from '#data/statements/template.ts';
import { conditionSql, valueSql } from '../../src/data/expressions/sql.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, makeRecords } from '../support/expressions/records.ts';
import { rule, shapes } from '../support/expressions/shapes.ts';
import { fillTables, germanUrl } from '../support/expressions/tables.ts';

const records = makeRecords();
const [user] = records.get('users')!;
const [project] = records.get('projects')!;
const bindings = { user: user!, now: new Date('2026-01-31T10:00:00Z') };

describe('a rule on a record that is not in the table', () => {
  eachDatabase((databases) => {
    let database: Database;
    before(async () => {
      database = databases.openUrl(await germanUrl(databases));
      await fillTables(database, records);
    });

    /** Whether the rule holds for values that stand in a row of their own, beside the stored record. */
    async function holds(source: string, candidate: RecordValues): Promise<boolean> {
      const { dialect, build } = database;
      const { expression } = specialise(rule(source, { previous: true }), bindings);
      const column = (name: string) => {
        const property = shapes.get('tasks')!.properties.get(name)!;
        const [type] = dialect.columnType(property).split(' COLLATE');
        const value = dialect.toColumn(property, candidate[name] ?? null);
        return sql`cast(${sql.val(value)} as ${sql.raw(type!)}) as ${sql.ref(name)}`;
      };
      const condition = conditionSql(expression, { dialect, record: 'candidate', previous: 'stored' });
      const row = sql.join(
        ['title', 'status', 'priority', 'price', 'rate', 'done', 'dueOn', 'labels', 'owner', 'project'].map(
          column,
        ),
      );
      const query = sql`select 1 as found from (select ${row}) as candidate, tasks as stored
        where stored.id = ${idOf('tasks', 0)} and (${condition})`.compile(build);
      const parameters = bindParameters(query.parameters, bindings);
      return (await database.read((reader) => reader.all({ sql: query.sql, parameters }))).length === 1;
    }

    it('reads its values, and those of the stored record', async () => {
      const [stored] = records.get('tasks')!;
      const same = { title: stored!['title']!, project: project!['id']! };
      assert.equal(await holds('record.title == previous.title', same), true);
      assert.equal(await holds('record.title != previous.title', { title: 'another' }), true);
      assert.equal(await holds('record.project.team != null && record.done == null', same), true);
      assert.equal(await holds('record.dueOn > "2026-01-01"', { dueOn: '2026-01-31' }), true);
      assert.equal(await holds('"a" in record.labels && record.owner == null', { labels: ['a'] }), true);
    });

    it('compares and adds decimals by value, though the row has no scale', async () => {
      const record = { title: 'a', price: '12.50', rate: '12.50000000000000000000' };
      assert.equal(await holds('record.price == record.rate && record.price > 9', record), true);
      assert.equal(await holds('record.price + record.rate == 25.0 && record.price < 100', record), true);
    });

    it('compares text by code point, though the row has no collation', async () => {
      assert.equal(await holds('record.title < "a"', { title: 'Z' }), true);
      assert.equal(await holds('record.title > record.status', { title: 'é', status: 'z' }), true);
      assert.equal(await holds('record.title.lowerAscii() == "Éa"', { title: 'ÉA' }), true);
    });
  });
});

describe('a sort path', () => {
  eachDatabase((databases) => {
    it('gives the value at its end, null where it leads nowhere or to what the caller may not see', async () => {
      const database = await databases.open();
      await fillTables(database, records);
      const { dialect, build } = database;
      const path = compilePath('project.owner.email', { collection: 'tasks', collections: shapes });
      const hidden = records.get('users')![0]!['id'] as string;
      const value = valueSql(path, {
        dialect,
        record: 'r',
        readCondition: (collection, alias) =>
          collection === 'users' ? sql`${sql.ref(`${alias}.id`)} <> ${sql.val(hidden)}` : true,
      });
      const query = sql`select r.id as id, ${value} as email from tasks as r order by r.id`.compile(build);
      const rows = await database.read((reader) => reader.all<{ id: string; email: string | null }>(query));
      const find = (name: string, id: unknown) => records.get(name)!.find((record) => record['id'] === id);
      for (const task of records.get('tasks')!) {
        const owner = find('users', find('projects', task['project'])?.['owner']);
        const expected = owner === undefined || owner['id'] === hidden ? null : owner['email'];
        assert.equal(rows.find(({ id }) => id === task['id'])!.email, expected);
      }
    });
  });
});
