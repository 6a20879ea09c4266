import type { RawBuilder } from 'kysely';
import type { Expression } from '#domain/expressions/expression.ts';
import type { Dialect } from '../database.ts';
import type { ExpressionDialect } from './dialect.ts';
import { Emitter } from './emitter.ts';
import type { ReadCondition } from './emit-context.ts';
import { postgresExpressions } from '../dialects/postgres/expressions.ts';
import { sqliteExpressions } from '../dialects/sqlite/expressions.ts';

export interface ExpressionContext {
  readonly dialect: Dialect;
  /** Alias of the table, or of the derived row, that stands for `record`. Aliases made here start with `_e`. */
  readonly record: string;
  readonly previous?: string;
  /**
   * In filters and sort paths: which records of a collection the caller may see (a condition on `alias`, or a constant).
   * Called for every reference that is followed and every collection. Absent in rules: they see everything.
   */
  readonly readCondition?: ReadCondition;
}

const dialects: Readonly<Record<Dialect['name'], ExpressionDialect>> = {
  sqlite: sqliteExpressions,
  postgres: postgresExpressions,
};

/** A specialised rule or filter as a condition for WHERE: null and false are alike. Every value is a parameter. */
export function conditionSql(expression: Expression, context: ExpressionContext): RawBuilder<boolean> {
  return emitterOf(context).holds(expression.tree) as RawBuilder<boolean>;
}

/** The exact value of a specialised expression, null included: sort keys (`project.name`). */
export function valueSql(expression: Expression, context: ExpressionContext): RawBuilder<unknown> {
  return emitterOf(context).value(expression.tree);
}

function emitterOf({ dialect, record, previous, readCondition }: ExpressionContext): Emitter {
  return new Emitter({ dialect: dialects[dialect.name], record, previous, readCondition });
}
