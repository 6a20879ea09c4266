import type { JsonValue } from '#domain/json/value.ts';
import { type RecordBindings, type RecordSource, Frame, type Run } from './bindings.ts';
import { compile } from './compile.ts';
import type { Expression } from './expression.ts';

/** Decides a condition in memory: true only when it holds (null does not). `world` is needed if `needsDatabase` is set. */
export type Predicate = (bindings: RecordBindings, world?: RecordSource) => boolean;

const compiled = new WeakMap<Expression, Run>();

function runOf(expression: Expression): Run {
  let run = compiled.get(expression);
  if (run === undefined) compiled.set(expression, (run = compile(expression.tree)));
  return run;
}

/** The predicate of an expression of type bool. Compiled once per expression. */
export function compilePredicate(expression: Expression): Predicate {
  const run = runOf(expression);
  return (bindings, world) => run(new Frame(bindings, world)) === true;
}

/** The value of an expression in memory; timestamps in UTC with milliseconds, durations in milliseconds. */
export function evaluate(expression: Expression, bindings: RecordBindings, world?: RecordSource): JsonValue {
  return runOf(expression)(new Frame(bindings, world));
}
