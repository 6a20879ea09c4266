import type { RawBuilder } from 'kysely';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Database, Statement } from '../database.ts';

/** A place in a statement that is filled each time it runs. */
export class Placeholder {
  readonly name: string;
  /** Will hold an id, in the one form that ids have. */
  readonly isId: boolean;

  constructor(name: string, { isId = false } = {}) {
    this.name = name;
    this.isId = isId;
  }
}

/** Stands among the parameters of a compiled query for a value that each run brings along. */
export class RuntimeParameter {
  readonly #value: (bindings: Bindings) => unknown;

  constructor(valueOf: (bindings: Bindings) => unknown) {
    this.#value = valueOf;
  }

  resolve(bindings: Bindings): unknown {
    return this.#value(bindings);
  }
}

/**
 * Fills in the values that a specialised expression left open. `parameters` are those of a compiled query that holds
 * conditions made here; all other parameters stay as they are.
 */
export function bindParameters(parameters: readonly unknown[], bindings: Bindings): readonly unknown[] {
  return parameters.map((parameter) =>
    parameter instanceof RuntimeParameter ? parameter.resolve(bindings) : parameter,
  );
}

/** Compiled SQL with placeholders, and runtime parameters of specialised expressions. Compiled once for each shape. */
export interface Template {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export function compileTemplate(statement: RawBuilder<unknown>, { build }: Database): Template {
  const { sql, parameters } = statement.compile(build);
  return { sql, parameters };
}

/** A statement ready to run. `values` has one entry for each placeholder's name, in the form of the column. */
export function fill(
  template: Template,
  values: Readonly<Record<string, unknown>>,
  bindings: Bindings,
): Statement {
  const own = template.parameters.map((value) => (value instanceof Placeholder ? values[value.name] : value));
  return { sql: template.sql, parameters: bindParameters(own, bindings) };
}
