import type { Expression, Path, Scope } from './expression.ts';

/**
 * Parses and type-checks a rule or a filter (CEL; docs/expressions.md). Takes less than 50 ms for any source.
 * Throws ExpressionError: the first mistake, with its position.
 */
export function compileExpression(source: string, scope: Scope): Expression {
  throw new Error(`not built yet: ${source} ${scope.kind}`);
}

/**
 * Checks a sort path such as `title` or `project.name`. Throws ExpressionError as a filter does, also for
 * properties that have no order (lists, json).
 */
export function compilePath(source: string, scope: Scope): Path {
  throw new Error(`not built yet: ${source} ${scope.kind}`);
}
