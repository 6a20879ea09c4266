import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '#data/index.ts';
import { specialise } from '#domain/expressions/specialise.ts';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { bindParameters } from '#data/statements/template.ts';
import { conditionSql } from '../../src/data/expressions/sql.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf, makeRecords } from '../support/expressions/records.ts';
import { filter, rule } from '../support/expressions/shapes.ts';
import { fillTables } from '../support/expressions/tables.ts';

const records = makeRecords();
const bindings: Bindings = { user: records.get('users')![1]!, now: new Date('2026-01-31T10:00:00Z') };

interface Select {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

function selectOf(database: Database, expression: Expression): Select {
  const special = specialise(expression, bindings).expression;
  const condition = conditionSql(special, { dialect: database.dialect, record: 'r' });
  const query = sql`select r.id from tasks as r where ${condition}`.compile(database.build);
  return { sql: query.sql, parameters: bindParameters(query.parameters, bindings) };
}

/** How the database would find the rows, if it had enough of them to care. */
async function planOf(database: Database, { sql: text, parameters }: Select): Promise<string> {
  return await database.write(async (transaction) => {
    const isPostgres = database.dialect.name === 'postgres';
    if (isPostgres) await transaction.run({ sql: 'SET LOCAL enable_seqscan = off', parameters: [] });
    const explain = isPostgres ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
    const rows = await transaction.all<Record<string, unknown>>({ sql: `${explain} ${text}`, parameters });
    return rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n');
  });
}

describe('plans', () => {
  eachDatabase((databases) => {
    let database: Database;
    before(async () => {
      database = await databases.open();
      await fillTables(database, records);
    });

    const indexed: Readonly<Record<string, Expression>> = {
      'the owner is the caller': rule('record.owner == user.id'),
      'one of two references is the caller': rule('record.owner == user.id || record.parent == user.id'),
      'a reference is an id that is written out': filter(`project == "${idOf('projects', 1)}"`),
      'a reference is one of several': filter(`owner in ["${idOf('users', 1)}", "${idOf('users', 2)}"]`),
      'there is no reference': filter('owner == null && !done'),
    };
    for (const [name, expression] of Object.entries(indexed)) {
      it(`use the index when ${name}`, async () => {
        const plan = await planOf(database, selectOf(database, expression));
        assert.match(plan, /tasks_(owner|project)_idx/);
        assert.match(plan, /Index Cond: \((owner|project) |SEARCH r USING/);
        assert.doesNotMatch(plan, /SCAN (r|tasks)\b|Seq Scan on tasks/);
      });
    }

    it('look members up by an index for each task', async () => {
      const membership = rule('members.exists(m, m.project == record.project && m.user == user.id)');
      assert.match(await planOf(database, selectOf(database, membership)), /members_(user|project)_idx/);
    });

    it('follow a reference by the primary key', async () => {
      const plan = await planOf(database, selectOf(database, rule('record.project.owner == user.id')));
      assert.match(plan, /sqlite_autoindex_projects_1|projects_pkey/);
    });

    it('bind the caller at each run: one text for all who are signed in', () => {
      const mine = rule('record.owner == user.id && record.status != user.role');
      const [one, other] = [records.get('users')![1]!, records.get('users')![2]!].map((user) => {
        const special = specialise(mine, { ...bindings, user: { ...user, role: 'a' } });
        return special.expression;
      });
      assert.equal(one, other);
      assert.notEqual(one, specialise(mine, { ...bindings, user: null }).expression);
    });
  });
});
