import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Database } from '#data/index.ts';
import { specialise } from '#domain/expressions/specialise.ts';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { conditionSql } from '../../src/data/expressions/sql.ts';
import { plainFilterOf } from '../../src/data/lists/plain-filter.ts';
import { compileTemplate, fill, type Template } from '../../src/data/statements/template.ts';
import { eachDatabase } from '../support/databases.ts';
import { idOf } from '../support/expressions/records.ts';
import { filter } from '../support/expressions/shapes.ts';
import {
  dateTexts,
  doubleLiterals,
  idTexts,
  intLiterals,
  stringLiterals,
  timestampTexts,
} from '../support/expressions/vocabulary.ts';

const bindings: Bindings = { user: null, now: new Date('2026-01-31T10:00:00Z') };

const property = (names: readonly string[], values: readonly string[], operators = ['==', '!=', '<', '>=']) =>
  fc
    .record({
      name: fc.constantFrom(...names),
      operator: fc.constantFrom(...operators, 'in', 'flipped'),
      values: fc.array(fc.constantFrom(...values, 'null'), { minLength: 2, maxLength: 3 }),
    })
    .map(({ name, operator, values: [first = '', ...rest] }) => {
      if (operator === 'in') return `${name} in [${[first, ...rest].join()}]`;
      return operator === 'flipped' ? `${first} == ${name}` : `${name} ${operator} ${first}`;
    });

/** Comparisons of properties of each kind with literals, put together in few ways, so that forms come again. */
const sources = fc
  .tuple(
    fc.oneof(
      property(['title', 'status'], [...stringLiterals, ...idTexts]),
      property(['priority', 'points', 'score'], intLiterals),
      property(['score'], doubleLiterals),
      property(['dueOn'], dateTexts),
      property(['startedAt', 'createdAt'], timestampTexts),
      property(['owner', 'project', 'id'], idTexts, ['==', '!=']),
      property(['done'], ['true', 'false'], ['==', '!=']),
    ),
    fc.constantFrom('', 'done', 'points < 3', 'owner == project', '!done', '1 == 1', 'meta.a == "b"'),
    fc.constantFrom('&&', '||', '&& !'),
  )
  .map(([one, other, join]) => (other === '' ? one : `(${one}) ${join} (${other})`));

function direct(database: Database, expression: Expression): Template {
  const condition = conditionSql(expression, { dialect: database.dialect, record: 'r' });
  return compileTemplate(sql`select r.id from tasks as r where ${condition}`, database);
}

describe('plain filters', () => {
  eachDatabase((databases) => {
    let database: Database;
    before(async () => {
      database = await databases.open();
    });

    it('of one form share a statement, which says of each exactly what its own would say', () => {
      const templates = new Map<string, Template>();
      let shared = 0;
      fc.assert(
        fc.property(sources, (source) => {
          const { expression } = specialise(filter(source), bindings);
          const plain = plainFilterOf(expression);
          if (plain === undefined) return;
          const own = direct(database, expression);
          const template = templates.get(plain.form) ?? direct(database, plain.withPlaceholders());
          if (templates.has(plain.form)) shared += 1;
          templates.set(plain.form, template);
          assert.deepEqual(fill(template, plain.values, bindings), fill(own, {}, bindings));
        }),
        { numRuns: 4_000, seed: 20_261_122 },
      );
      assert.ok(shared > 1_000, `only ${shared} filters had a form that was seen before`);
    });

    it('have a form of their own when more than values differs', () => {
      const forms = [
        'title == "a"',
        'status == "a"',
        'title != "a"',
        `title == "${idOf('users', 1)}"`,
        'title == null',
        'title < "a"',
        'title in ["a"]',
        'title in ["a", "b"]',
        'title in ["a", null]',
        'score == 1',
        'score == 1.5',
        'points == 1',
        'done',
        '!done',
        'done == true',
        'done == false',
        'points == 1 && done',
        'points == 1 || done',
        'owner == "a"',
        `owner == "${idOf('users', 1)}"`,
      ].map((source) => plainFilterOf(specialise(filter(source), bindings).expression)?.form);
      assert.ok(!forms.includes(undefined));
      const same = plainFilterOf(specialise(filter('score == 2'), bindings).expression)?.form;
      // A whole number beside a property that may have fractions is one of those.
      assert.equal(new Set(forms).size, forms.length - 1);
      assert.equal(forms[9], same);
    });

    it('are not those that go to other records, count, or ask who asks', () => {
      for (const source of [
        'project.name == "a"',
        'size(title) == 1',
        'owner == user.id',
        'title.startsWith("a")',
      ]) {
        const principal: Bindings = { ...bindings, user: { id: idOf('users', 1) } };
        assert.equal(plainFilterOf(specialise(filter(source), principal).expression), undefined, source);
      }
    });
  });
});
