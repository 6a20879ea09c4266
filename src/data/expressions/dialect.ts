import type { RawBuilder } from 'kysely';
import type { Type } from '#domain/expressions/type.ts';
import type { Dialect } from '../database.ts';

export type Sql = RawBuilder<unknown>;

/**
 * The SQL of expressions that differs between the databases. Operands come in parentheses where they need them, and may
 * be repeated only where a method's comment says that they are simple (a column, a parameter).
 */
export interface ExpressionDialect {
  readonly name: Dialect['name'];
  /** A parameter with its type. */
  parameter(type: Type, value: unknown): Sql;
  nothing(type: Type): Sql;
  /** `=` and `<>` to which null is a value. */
  same(left: Sql, right: Sql): Sql;
  different(left: Sql, right: Sql): Sql;
  /** Text that compares by code point. */
  text(value: Sql): Sql;
  idAsText(id: Sql): Sql;
  asDouble(int: Sql): Sql;
  asDecimal(int: Sql): Sql;
  /** Exact. */
  calculateDecimals(operator: '+' | '-' | '*', left: Sql, right: Sql): Sql;
  /** Null beyond 38 digits on a side of the point. The result is simple. */
  decimalOrNull(result: Sql): Sql;
  negateDecimal(value: Sql): Sql;
  midnight(date: Sql): Sql;
  /** Exact, or so far beyond 2^53 that it is out of every range; never an error. */
  multiplyIntegers(left: Sql, right: Sql): Sql;
  /** After the check of its range. */
  asInteger(product: Sql): Sql;
  milliseconds(timestamp: Sql): Sql;
  timestamp(milliseconds: Sql): Sql;
  /** Both are simple, in these three. */
  startsWith(value: Sql, part: Sql): Sql;
  endsWith(value: Sql, part: Sql): Sql;
  contains(value: Sql, part: Sql): Sql;
  lower(value: Sql): Sql;
  length(value: Sql): Sql;
  /** True if a list is an array; null or false otherwise. */
  isArray(list: Sql): Sql;
  /** Of a list that is simple; null if it is no array. */
  arrayLength(list: Sql): Sql;
  /** FROM item with a row for each element; none if it is no array. The list is simple. */
  elements(list: Sql, alias: string): Sql;
  element(type: Type, alias: string): Sql;
  /** The JSON at a path of a json value, null for JSON's null. */
  member(json: Sql, keys: readonly string[]): Sql;
  /** A json value as a string, double or bool; null if it is something else. It is simple. */
  read(json: Sql, keys: readonly string[], type: Type): Sql;
  /** `(SELECT inner AS v)`, so made that the database does not put `inner` in the place of each `v`. */
  fenced(inner: Sql): Sql;
}
