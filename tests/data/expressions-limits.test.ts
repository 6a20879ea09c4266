import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Database } from '#data/index.ts';
import { ExpressionError } from '#domain/expressions/error.ts';
import { specialise } from '#domain/expressions/specialise.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { bindParameters } from '#data/statements/template.ts';
import { conditionSql } from '../../src/data/expressions/sql.ts';
import { eachDatabase } from '../support/databases.ts';
import { hostile } from '../support/expressions/hostile.ts';
import { makeRecords } from '../support/expressions/records.ts';
import { filter } from '../support/expressions/shapes.ts';
import { fillTables } from '../support/expressions/tables.ts';

function accepted(source: string): Expression | undefined {
  try {
    return filter(source);
  } catch (error) {
    assert.ok(error instanceof ExpressionError, `${String(error)} is no ExpressionError`);
    assert.ok(error.position >= 0 && error.position <= source.length);
    return undefined;
  }
}

describe('limits', () => {
  it('keep the check of any filter under 50 ms', () => {
    const slow: string[] = [];
    for (const [name, source] of Object.entries(hostile)) {
      accepted(source);
      const times = Array.from({ length: 5 }, () => {
        const start = performance.now();
        accepted(source);
        return performance.now() - start;
      });
      if (Math.min(...times) >= 50) slow.push(name);
    }
    assert.deepEqual(slow, []);
  });

  eachDatabase((databases) => {
    let database: Database;
    before(async () => {
      database = await databases.open();
      await fillTables(database, makeRecords());
    });

    for (const [name, source] of Object.entries(hostile)) {
      const expression = accepted(source);
      if (expression === undefined) continue;
      it(`let the database carry out what they allow: ${name}`, async () => {
        const bindings = { user: null, now: new Date() };
        const condition = conditionSql(specialise(expression, bindings).expression, {
          dialect: database.dialect,
          record: 'r',
        });
        const query = sql`select count(*) as n from tasks as r where ${condition}`.compile(database.build);
        const parameters = bindParameters(query.parameters, bindings);
        const start = performance.now();
        await database.read((reader) => reader.all({ sql: query.sql, parameters }));
        assert.ok(performance.now() - start < 2_000, 'it took more than two seconds');
      });
    }
  });
});
