import type { Bindings } from './bindings.ts';
import type { Expression } from './expression.ts';

export interface Specialised {
  /** What is left to decide. Equal keys give the very same object, so it can itself key caches. */
  readonly expression: Expression;
  /** Names the shape among those of this expression: same source and scope, same key, same SQL. */
  readonly key: string;
}

/**
 * Evaluates what depends on no record (`user`, `now`, literals) and folds it away: null, true and false become part of
 * the shape, every other value is bound late (`bindParameters`), so SQL made for one caller serves others.
 */
export function specialise(expression: Expression, bindings: Bindings): Specialised {
  throw new Error(`not built yet: ${expression.source} ${String(bindings.now)}`);
}

/** true or false when nothing is left to decide (null does not hold: false), undefined otherwise. */
export function decided(expression: Expression): boolean | undefined {
  if (expression.tree.op !== 'literal') return undefined;
  return expression.tree.value === true;
}
