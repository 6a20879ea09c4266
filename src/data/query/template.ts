import type { RawBuilder } from 'kysely';
import type { Bindings } from '#domain/expressions/index.ts';
import type { Database, Statement } from '../database.ts';
import { bindParameters } from './expression-sql.ts';
import { Slot } from './slot.ts';

export { Slot } from './slot.ts';

/** Compiled SQL with open places: slots of ours, and those of specialised expressions. Made once for each shape. */
export interface Template {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export function compileTemplate(statement: RawBuilder<unknown>, { build }: Database): Template {
  const { sql, parameters } = statement.compile(build);
  return { sql, parameters };
}

/** A statement ready to run. `values` has one entry for each slot's name, in the form of the column. */
export function fill(
  template: Template,
  values: Readonly<Record<string, unknown>>,
  bindings: Bindings,
): Statement {
  const own = template.parameters.map((value) => (value instanceof Slot ? values[value.name] : value));
  return { sql: template.sql, parameters: bindParameters(own, bindings) };
}
