import { sql, type RawBuilder } from 'kysely';
import { searchTableName } from '#domain/collections/names.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { progressMark } from '../statements/progress.ts';
import { Placeholder } from '../statements/template.ts';
import { Memo } from '#domain/memo.ts';
import type { SelectionPlan } from '#domain/query/list-plan.ts';
import type { Dialect } from '../database.ts';
import { conditionSql, type ExpressionContext } from '../expressions/sql.ts';
import { plainFilterOf } from './plain-filter.ts';

/** The table a selection is made from. */
export const recordAlias = '_r';

/** No letter, mark or digit is as high as this, so it ends every range of words that begin alike. */
const behindAllWords = '\u{10ffff}';

/** How a filter or a sort path sees the records of other collections. */
export function filterContext({ access }: SelectionPlan, dialect: Dialect): ExpressionContext {
  return {
    dialect,
    record: recordAlias,
    readCondition: (collection, alias, name) => {
      const rule = access.condition(collection, name);
      return typeof rule === 'boolean' ? rule : conditionSql(rule, { dialect, record: alias });
    },
  };
}

/** Everything that narrows a selection, as one condition on `recordAlias`; more conditions of the caller's in front. None: undefined. */
export function where(
  plan: SelectionPlan,
  dialect: Dialect,
  more: readonly RawBuilder<unknown>[] = [],
): RawBuilder<unknown> | undefined {
  const conditions = [...more, ...searchConditions(plan, dialect)];
  if (plan.rule !== true) conditions.push(conditionSql(plan.rule, { dialect, record: recordAlias }));
  if (plan.filter !== undefined) {
    const filter = plainFilterOf(plan.filter)?.withPlaceholders() ?? plan.filter;
    conditions.push(conditionSql(filter, filterContext(plan, dialect)));
  }
  if (conditions.length === 0) return undefined;
  return sql` WHERE ${progressMark(dialect, recordAlias, 'row')}${sql.join(
    conditions.map((condition) => sql`(${condition})`),
    sql` AND `,
  )}`;
}

function searchConditions(
  { collection, search = [] }: SelectionPlan,
  dialect: Dialect,
): RawBuilder<unknown>[] {
  const name = searchTableName(collection.name);
  const [table, mark] = [sql.table(name), progressMark(dialect, name, 'item')];
  return search.map(({ prefix }, index) => {
    const token = sql`${new Placeholder(wordPlaceholder(index))}`;
    const end = sql`${new Placeholder(wordEndPlaceholder(index))}`;
    const matches = prefix ? sql`"token" >= ${token} AND "token" < ${end}` : sql`"token" = ${token}`;
    return sql`${sql.ref(`${recordAlias}.id`)} IN (SELECT "id" FROM ${table} WHERE ${mark}${matches})`;
  });
}

const wordPlaceholder = (word: number): string => `word${word}`;
const wordEndPlaceholder = (word: number): string => `wordEnd${word}`;

/** The values of a selection's placeholders. */
export function selectionValues({ search = [], filter }: SelectionPlan): Record<string, unknown> {
  const values: Record<string, unknown> = { ...(filter && plainFilterOf(filter)?.values) };
  for (const [index, { token }] of search.entries()) {
    values[wordPlaceholder(index)] = token;
    values[wordEndPlaceholder(index)] = token + behindAllWords;
  }
  return values;
}

/** Names the shape of a selection among those of its collection: equal keys have equal SQL. */
export function selectionKey({ rule, filter, search = [], access }: SelectionPlan): string {
  const words = search.map(({ prefix }) => (prefix ? 'p' : 'w')).join('');
  const ruleKey = rule === true ? 't' : numberOf(rule);
  const filterKey = filter === undefined ? '' : (plainFilterOf(filter)?.form ?? numberOf(filter));
  return `${ruleKey}/${filterKey}/${words}/${accessKey(filter, access)}`;
}

/** The part of a shape for the records that the caller may read in the collections that an expression goes to. */
export function accessKey(expression: Expression | undefined, access: SelectionPlan['access']): string {
  if (expression === undefined || !expression.needsDatabase) return '';
  const conditionsOf = (name: 'read' | 'list') => (collection: string) => {
    const rule = access.condition(collection, name);
    return typeof rule === 'boolean' ? (rule ? 't' : 'f') : numberOf(rule);
  };
  return [
    ...Array.from(expression.reads, conditionsOf('read')),
    ...Array.from(expression.lists, conditionsOf('list')),
  ].join();
}

const numbers = new Memo<Expression, number>();
let lastNumber = 0;

/** Equal shapes of a specialised expression are one object, so its identity names the shape. */
export function numberOf(expression: Expression): number {
  let number = numbers.get(expression);
  if (number === undefined) numbers.set(expression, (number = ++lastNumber));
  return number;
}
