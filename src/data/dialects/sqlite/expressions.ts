import { exhausted } from '#domain/exhausted.ts';
import { sql } from 'kysely';
import { decimalFunctions } from './decimals.ts';
import type { ExpressionDialect } from '../../expressions/dialect.ts';
import { containsFunction } from './functions.ts';

/** Of bytes that are compared at worst: some milliseconds. */
const quickSearch = 100_000_000;

const jsonPath = (keys: readonly string[]): string => ['$', ...keys.map((key) => `"${key}"`)].join('.');

/** SQLite: booleans are 0 and 1, times, ids and the sort keys of decimals are text, arrays and objects are JSON text; text compares as UTF-8 bytes. */
export const sqliteExpressions: ExpressionDialect = {
  name: 'sqlite',
  // The driver binds every number as a REAL, with which `/` would not cut. The `+` changes nothing but that SQLite
  // keeps its plan: beside ORDER BY it plans again for each value of a bare parameter that a column is equal to.
  parameter(type, value) {
    if (type.kind === 'decimal') return sql`${sql.raw(decimalFunctions.key)}(${sql.val(value)})`;
    return type.kind === 'int' || type.kind === 'duration'
      ? sql`cast(${sql.val(value)} as integer)`
      : sql`+${sql.val(value)}`;
  },
  asDecimal: (int) => sql`${sql.raw(decimalFunctions.key)}(${int})`,
  calculateDecimals: (operator, left, right) =>
    sql`${sql.raw(decimalFunctions[operator])}(${left}, ${right})`,
  decimalOrNull: (result) => result,
  negateDecimal: (value) => sql`${sql.raw(decimalFunctions.negate)}(${value})`,
  nothing: () => sql`null`,
  same: (left, right) => sql`(${left} is ${right})`,
  different: (left, right) => sql`(${left} is not ${right})`,
  text: (value) => value,
  idAsText: (id) => id,
  asDouble: (int) => sql`cast(${int} as real)`,
  midnight: (date) => sql`(${date} || 'T00:00:00.000Z')`,
  multiplyIntegers: (left, right) => sql`(${left} * ${right})`,
  asInteger: (product) => product,
  milliseconds: (timestamp) => sql`cast(round(unixepoch(${timestamp}, 'subsec') * 1000) as integer)`,
  timestamp: (milliseconds) => sql`strftime('%Y-%m-%dT%H:%M:%fZ', ${milliseconds} / 1000.0, 'unixepoch')`,
  startsWith: (value, part) => sql`(substr(${value}, 1, length(${part})) = ${part})`,
  endsWith: (value, part) => sql`(substr(${value}, length(${value}) - length(${part}) + 1) = ${part})`,
  // instr compares at each place as far as it can: for texts of a megabyte that all begin alike, seconds.
  contains: (value, part) =>
    sql`(case when octet_length(${value}) * octet_length(${part}) > ${sql.lit(quickSearch)}
      then ${sql.raw(containsFunction)}(${value}, ${part}) else instr(${value}, ${part}) > 0 end)`,
  lower: (value) => sql`lower(${value})`,
  length: (value) => sql`length(${value})`,
  isArray: (list) => sql`(json_type(${list}) = 'array')`,
  arrayLength: (list) => sql`(case json_type(${list}) when 'array' then json_array_length(${list}) end)`,
  elements: (list, alias) =>
    sql`json_each(case json_type(${list}) when 'array' then ${list} end) as ${sql.ref(alias)}`,
  element(type, alias) {
    const [value, kind] = [sql.ref(`${alias}.value`), sql.ref(`${alias}.type`)];
    switch (type.kind) {
      case 'null':
        return sql`null`;
      case 'bool':
        return sql`(case ${kind} when 'true' then 1 when 'false' then 0 end)`;
      case 'int':
      case 'duration':
        return sql`(case when ${kind} = 'integer' and ${value} between -9007199254740991 and 9007199254740991 then ${value} end)`;
      case 'double':
        return sql`(case when ${kind} in ('integer', 'real') then cast(${value} as real) end)`;
      case 'string':
      case 'decimal':
      case 'timestamp':
      case 'date':
      case 'id':
      case 'json':
      case 'list':
        return sql`(case ${kind} when 'text' then ${value} end)`;
      default:
        return exhausted(type);
    }
  },
  member: (json, keys) => sql`nullif(${json} -> ${sql.val(jsonPath(keys))}, 'null')`,
  read(json, keys, type) {
    const path = sql.val(jsonPath(keys));
    const [kind, value] = [sql`json_type(${json}, ${path})`, sql`json_extract(${json}, ${path})`];
    if (type.kind === 'bool') return sql`(case ${kind} when 'true' then 1 when 'false' then 0 end)`;
    if (type.kind === 'string') return sql`(case ${kind} when 'text' then ${value} end)`;
    return sql`(case when ${kind} in ('integer', 'real') then cast(${value} as real) end)`;
  },
  fenced: (inner) => sql`(select ${inner} as v)`,
};
