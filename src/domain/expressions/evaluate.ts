import type { JsonValue } from '#domain/collections/definition.ts';
import type { RecordBindings, World } from './bindings.ts';
import type { Expression } from './expression.ts';

/** Decides a condition in memory: true only when it holds (null does not). `world` is needed if `needsDatabase` is set. */
export type Predicate = (bindings: RecordBindings, world?: World) => boolean;

/** The predicate of an expression of type bool. Compiled once per expression. */
export function compilePredicate(expression: Expression): Predicate {
  throw new Error(`not built yet: ${expression.source}`);
}

/** The value of an expression in memory; timestamps in UTC with milliseconds, durations in milliseconds. */
export function evaluate(expression: Expression, bindings: RecordBindings, world?: World): JsonValue {
  throw new Error(`not built yet: ${expression.source} ${String(bindings.now)} ${world === undefined}`);
}
