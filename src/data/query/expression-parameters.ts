import type { JsonValue } from '#domain/json/value.ts';
import type { Bindings, Type } from '#domain/expressions/index.ts';

/** Stands among the parameters of a compiled query for a value that each run brings along. */
export class LateParameter {
  private readonly value: (bindings: Bindings) => unknown;

  constructor(valueOf: (bindings: Bindings) => unknown) {
    this.value = valueOf;
  }

  resolve(bindings: Bindings): unknown {
    return this.value(bindings);
  }
}

/**
 * Fills in what a specialised expression left open. `parameters` are those of a compiled query that holds conditions
 * made here; everything else in them stays as it is.
 */
export function bindParameters(parameters: readonly unknown[], bindings: Bindings): readonly unknown[] {
  return parameters.map((parameter) =>
    parameter instanceof LateParameter ? parameter.resolve(bindings) : parameter,
  );
}

/** A value as the drivers take it; lists travel as JSON text. Booleans are keywords, never parameters. */
export const encode = (type: Type, value: JsonValue): unknown =>
  type.kind === 'list' ? JSON.stringify(value) : value;
