import { sql } from 'kysely';
import type { ReadRule } from '#domain/access/read-access.ts';
import type { Node } from '#domain/expressions/tree.ts';
import type { ExpressionDialect, Sql } from './dialect.ts';

/** In filters and sort paths: which records of a collection the caller may see (a condition on `alias`, or a constant). */
export type ReadCondition = (collection: string, alias: string, rule: ReadRule) => Sql | boolean;

/** One expression on its way to SQL: how the parts of the back end reach each other. */
export interface EmitContext {
  readonly dialect: ExpressionDialect;
  /** Exact, null included. */
  value(node: Node): Sql;
  /** A condition of which only the true cases matter: null may stand for false, which lets indexes be used. */
  holds(node: Node): Sql;
  /** Uses a value more than once: `use` gets it as it is if it is simple, else as the column of a subquery. */
  once(node: Node, use: (value: Sql) => Sql): Sql;
  /** The same for SQL that is never simple. */
  fenced(inner: Sql, use: (value: Sql) => Sql): Sql;
  /** An alias that nothing around has. */
  alias(): string;
  /** Names the variable `id` of `exists` or `all` while its condition is written. */
  bind(id: number, alias: string): void;
  readCondition(collection: string, alias: string, rule: ReadRule): Sql | boolean;
}

/** Not the keywords: SQLite takes `true` and `false` for columns of these names where a table has them. */
export function constant(value: boolean): Sql {
  return value ? sql`(1 = 1)` : sql`(1 = 0)`;
}

/** False for a condition that comes out null. */
export function isTrue(condition: Sql): Sql {
  return sql`coalesce(${condition}, 1 = 0)`;
}

/** A balanced tree of parentheses: SQLite limits how deep conditions nest, and counts a plain chain as nesting. */
export function joined(parts: readonly Sql[], operator: 'and' | 'or'): Sql {
  if (parts.length === 1) return parts[0]!;
  const middle = Math.ceil(parts.length / 2);
  const [left, right] = [joined(parts.slice(0, middle), operator), joined(parts.slice(middle), operator)];
  return operator === 'and' ? sql`(${left} and ${right})` : sql`(${left} or ${right})`;
}
