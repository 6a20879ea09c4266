import { exhausted } from '#domain/exhausted.ts';
import { sql } from 'kysely';
import type { Type } from '#domain/expressions/type.ts';
import type { ExpressionDialect, Sql } from '../../expressions/dialect.ts';

const types: Readonly<Record<Exclude<Type['kind'], 'null'>, string>> = {
  bool: 'boolean',
  int: 'bigint',
  double: 'double precision',
  decimal: 'numeric',
  string: 'text',
  timestamp: 'timestamptz',
  date: 'date',
  duration: 'bigint',
  id: 'uuid',
  json: 'jsonb',
  list: 'jsonb',
};

const typeName = ({ kind }: Type): Sql => sql.raw(kind === 'null' ? 'text' : types[kind]);

const pathOf = (keys: readonly string[]): Sql => sql`${sql.val(`{${keys.join(',')}}`)}::text[]`;

const textOf = (json: Sql): Sql => sql`((${json} #>> '{}') collate "C")`;

/** A scalar out of a jsonb value that is simple; null if it is of another type. */
function scalar(json: Sql, type: Type): Sql {
  const is = (kind: string) => sql`jsonb_typeof(${json}) = ${sql.lit(kind)}`;
  switch (type.kind) {
    case 'null':
      return sql`null`;
    case 'bool':
      return sql`(case when ${is('boolean')} then ${json}::boolean end)`;
    case 'int':
    case 'duration':
      return sql`(case when ${is('number')} then case when abs(${json}::numeric) <= 9007199254740991
        and ${json}::numeric = trunc(${json}::numeric) then ${json}::bigint end end)`;
    case 'double':
      return sql`(case when ${is('number')} then ${json}::double precision end)`;
    case 'string':
      return sql`(case when ${is('string')} then ${textOf(json)} end)`;
    case 'decimal':
    case 'timestamp':
    case 'date':
    case 'id':
    case 'json':
    case 'list':
      return sql`(case when ${is('string')} then ${textOf(json)}::${typeName(type)} end)`;
    default:
      return exhausted(type);
  }
}

/** PostgreSQL: every value has its own type; text compares by code point under any locale of the database. */
export const postgresExpressions: ExpressionDialect = {
  name: 'postgres',
  parameter: (type, value) => sql`${sql.val(value)}::${typeName(type)}`,
  nothing: (type) => (type.kind === 'null' ? sql`null` : sql`null::${typeName(type)}`),
  same: (left, right) => sql`(${left} is not distinct from ${right})`,
  different: (left, right) => sql`(${left} is distinct from ${right})`,
  text: (value) => sql`(${value} collate "C")`,
  idAsText: (id) => sql`(${id}::text collate "C")`,
  asDouble: (int) => sql`${int}::double precision`,
  asDecimal: (int) => sql`${int}::numeric`,
  calculateDecimals: (operator, left, right) => sql`(${left} ${sql.raw(operator)} ${right})`,
  decimalOrNull: (result) =>
    sql`(case when abs(${result}) < 1e38 and scale(trim_scale(${result})) <= 38 then ${result} end)`,
  negateDecimal: (value) => sql`(- ${value})`,
  midnight: (date) => sql`(${date}::timestamp at time zone 'UTC')`,
  multiplyIntegers: (left, right) => sql`(${left}::double precision * ${right}::double precision)`,
  asInteger: (product) => sql`${product}::bigint`,
  milliseconds: (timestamp) => sql`(extract(epoch from ${timestamp}) * 1000)::bigint`,
  timestamp: (milliseconds) => sql`to_timestamp(${milliseconds}::double precision / 1000)::timestamptz(3)`,
  startsWith: (value, part) => sql`starts_with(${value}, ${part})`,
  endsWith: (value, part) => sql`(right(${value}, length(${part})) = ${part})`,
  contains: (value, part) => sql`(strpos(${value}, ${part}) > 0)`,
  lower: (value) => sql`lower(${value} collate "C")`,
  length: (value) => sql`length(${value})::bigint`,
  isArray: (list) => sql`(jsonb_typeof(${list}) = 'array')`,
  arrayLength: (list) =>
    sql`(case when jsonb_typeof(${list}) = 'array' then jsonb_array_length(${list})::bigint end)`,
  elements: (list, alias) =>
    sql`jsonb_array_elements(case when jsonb_typeof(${list}) = 'array' then ${list} end) as ${sql.ref(alias)}(value)`,
  element: (type, alias) => scalar(sql.ref(`${alias}.value`), type),
  member: (json, keys) => sql`nullif(${json} #> ${pathOf(keys)}, 'null'::jsonb)`,
  read: (json, keys, type) => scalar(keys.length === 0 ? json : sql`(${json} #> ${pathOf(keys)})`, type),
  fenced: (inner) => sql`(select ${inner} as v offset 0)`,
};
