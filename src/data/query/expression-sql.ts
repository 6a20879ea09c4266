import type { RawBuilder } from 'kysely';
import type { Bindings, Expression } from '#domain/expressions/index.ts';
import type { Dialect } from '../database.ts';

/** How a record is reached: through a reference (its `read` rule decides) or as one of a list (its `list` rule). */
export type Access = 'read' | 'list';

export interface ExpressionContext {
  readonly dialect: Dialect;
  /** Alias of the table, or of the derived row, that stands for `record`. Aliases made here start with `_e`. */
  readonly record: string;
  readonly previous?: string;
  /**
   * In filters and sort paths: which records of a collection the caller may see (a condition on `alias`, or a constant).
   * Called for every hop and every collection. Absent in rules: they see everything.
   */
  readonly visible?: (collection: string, alias: string, access: Access) => RawBuilder<unknown> | boolean;
}

/** A rule or a filter as a condition for WHERE: null and false are alike. Every value is a parameter. */
export function conditionSql(expression: Expression, context: ExpressionContext): RawBuilder<boolean> {
  throw new Error(`not built yet: ${expression.source} ${context.record}`);
}

/** The exact value of an expression, null included: sort keys (`project.name`). */
export function valueSql(expression: Expression, context: ExpressionContext): RawBuilder<unknown> {
  throw new Error(`not built yet: ${expression.source} ${context.record}`);
}

/**
 * Fills in what a specialised expression left open. `parameters` are those of a compiled query that holds conditions
 * made here; everything else in them stays as it is.
 */
export function bindParameters(parameters: readonly unknown[], bindings: Bindings): readonly unknown[] {
  throw new Error(`not built yet: ${parameters.length} ${bindings.now.toISOString()}`);
}
