import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql, type RawBuilder } from 'kysely';
import type { Database } from '#data/index.ts';
import { compilePredicate, evaluate } from '#domain/expressions/evaluate.ts';
import { specialise } from '#domain/expressions/specialise.ts';
import type { Bindings, RecordValues } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { bindParameters } from '#data/statements/template.ts';
import { conditionSql, valueSql, type ExpressionContext } from '../../src/data/expressions/sql.ts';
import { eachDatabase } from '../support/databases.ts';
import { Generator } from '../support/expressions/generator.ts';
import { makeRecords, worldOf } from '../support/expressions/records.ts';
import { filter, rule } from '../support/expressions/shapes.ts';
import { fillTables, germanUrl } from '../support/expressions/tables.ts';
import { tricky } from '../support/expressions/tricky.ts';

/** `EXPRESSIONS_SEED` and `EXPRESSIONS_BATCHES` make a longer, other run. */
const seed = Number(process.env.EXPRESSIONS_SEED ?? 20_261_122);
const batches = Number(process.env.EXPRESSIONS_BATCHES ?? 25);
const perBatch = 40;

const records = makeRecords(seed);
const tasks = records.get('tasks')!;
const users = records.get('users')!;
const now = new Date('2026-01-31T10:00:00.000Z');
const callers: Bindings[] = [{ user: null, now }, ...users.slice(0, 3).map((user) => ({ user, now }))];

/** What callers see through each door in filters: rules as authors write them. */
const doors: Readonly<Record<string, Expression>> = {
  'projects.read': rule('record.owner == user.id || record.name != null', { collection: 'projects' }),
  'projects.list': rule('record.team == user.team', { collection: 'projects' }),
  'members.list': rule('user != null && record.user != user.id', { collection: 'members' }),
  'users.read': rule('record.id == user.id || record.team.lead.verified', { collection: 'users' }),
  'users.list': rule('true', { collection: 'users' }),
  'tasks.read': rule('record.done', { collection: 'tasks' }),
};

const everything = worldOf(records);

function sees(bindings: Bindings, door: string, record: RecordValues): boolean {
  const allowed = doors[door];
  return allowed !== undefined && compilePredicate(allowed)({ ...bindings, record }, everything);
}

function contextOf(database: Database, bindings: Bindings, kind: 'rule' | 'filter'): ExpressionContext {
  const context = { dialect: database.dialect, record: 'r' };
  if (kind === 'rule') return context;
  return {
    ...context,
    readCondition(collection, alias, rule) {
      const allowed = doors[`${collection}.${rule}`];
      if (allowed === undefined) return false;
      const { expression } = specialise(allowed, bindings);
      return conditionSql(expression, { dialect: database.dialect, record: alias });
    },
  };
}

type Row = Record<string, unknown>;

/** For every task: the exact value of each expression, and whether it holds. */
async function inDatabase(
  database: Database,
  expressions: readonly Expression[],
  bindings: Bindings,
  kind: 'rule' | 'filter',
): Promise<Row[]> {
  const context = contextOf(database, bindings, kind);
  const columns = expressions.flatMap((expression, index): RawBuilder<unknown>[] => {
    const special = specialise(expression, bindings).expression;
    return [
      sql`${valueSql(special, context)} as ${sql.ref(`v${index}`)}`,
      sql`case when ${conditionSql(special, context)} then 1 else 0 end as ${sql.ref(`h${index}`)}`,
    ];
  });
  const query = sql`select ${sql.join(columns)} from tasks as r order by r.id`.compile(database.build);
  const parameters = bindParameters(query.parameters, bindings);
  try {
    return await database.read((reader) => reader.all<Row>({ sql: query.sql, parameters }));
  } catch (error) {
    if (expressions.length === 1)
      throw new Error(`${expressions[0]!.source}\n${query.sql}`, { cause: error });
    for (const expression of expressions) await inDatabase(database, [expression], bindings, kind);
    throw error;
  }
}

function compiled(source: string, kind: 'rule' | 'filter'): Expression {
  try {
    return kind === 'rule' ? rule(source) : filter(source);
  } catch (error) {
    throw new Error(`the generator wrote ${source}`, { cause: error });
  }
}

const asBoolean = (value: unknown): unknown => (value === null ? null : Boolean(Number(value)));

async function differences(
  database: Database,
  sources: readonly string[],
  bindings: Bindings,
  kind: 'rule' | 'filter',
): Promise<string[]> {
  const expressions = sources.map((source) => compiled(source, kind));
  const rows = await inDatabase(database, expressions, bindings, kind);
  const world =
    kind === 'rule'
      ? everything
      : worldOf(records, (collection, record, access) => sees(bindings, `${collection}.${access}`, record));
  const found: string[] = [];
  for (const [index, expression] of expressions.entries()) {
    const special = specialise(expression, bindings).expression;
    for (const [at, record] of tasks.entries()) {
      const expected = evaluate(expression, { ...bindings, record }, world);
      const folded = evaluate(special, { ...bindings, record }, world);
      const [value, holds] = [asBoolean(rows[at]![`v${index}`]), Number(rows[at]![`h${index}`]) === 1];
      if (value === folded && holds === (expected === true) && holds === (folded === true)) continue;
      found.push(
        `${expression.source}\nfor ${JSON.stringify(bindings.user)}\non ${JSON.stringify(record)}\n` +
          `memory ${JSON.stringify(expected)}, folded ${JSON.stringify(folded)}, SQL ${String(value)}, holds ${String(holds)}`,
      );
      break;
    }
  }
  return found;
}

const choices = fc.array(fc.nat(9_999), { minLength: 20, maxLength: 200, size: 'max' });

describe('the same answer in memory and in the database', () => {
  eachDatabase((databases) => {
    let database: Database;
    before(async () => {
      database = databases.openUrl(await germanUrl(databases));
      await fillTables(database, records);
    });

    it('for what is easily got wrong', async () => {
      for (const bindings of callers)
        assert.deepEqual(await differences(database, tricky, bindings, 'rule'), []);
    });

    for (const kind of ['rule', 'filter'] as const) {
      it(`for every ${kind}, caller and record, null included`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(choices, { minLength: perBatch, maxLength: perBatch }), async (lists) => {
            const sources = lists.map((list) => new Generator(list, kind).condition());
            for (const bindings of callers) {
              const found = await differences(database, [...new Set(sources)], bindings, kind);
              assert.deepEqual(found, []);
            }
          }),
          { seed, numRuns: batches, endOnFailure: process.env.EXPRESSIONS_NO_SHRINK !== undefined },
        );
      });
    }
  });
});
