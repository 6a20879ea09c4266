import { exhausted } from '#domain/exhausted.ts';
import { sql } from 'kysely';
import { greatestDouble, leastDouble, type NumberKind } from '#domain/expressions/arithmetic.ts';
import { longestText } from '#domain/expressions/concatenation.ts';
import type { FunctionNode, Node, NodeOf } from '#domain/expressions/tree.ts';
import { firstInstantMs, lastInstantMs } from '#domain/kinds/timestamp.ts';
import type { ExpressionDialect, Sql } from './dialect.ts';
import type { EmitContext } from './emit-context.ts';

/** How one type of numbers is calculated with in SQL. */
interface NumberSql {
  readonly arithmetic: (node: NodeOf<'arithmetic'>, emitter: EmitContext) => Sql;
  readonly negate: (value: Sql, dialect: ExpressionDialect) => Sql;
  readonly fromInt: (int: Sql, dialect: ExpressionDialect) => Sql;
}

const minus = (value: Sql): Sql => sql`(- ${value})`;
const asItIs = (value: Sql): Sql => value;

const numbers: Readonly<Record<NumberKind, NumberSql>> = {
  int: { arithmetic: ofIntegers, negate: minus, fromInt: asItIs },
  duration: { arithmetic: ofIntegers, negate: minus, fromInt: asItIs },
  double: { arithmetic: ofDoubles, negate: minus, fromInt: (int, dialect) => dialect.asDouble(int) },
  decimal: {
    arithmetic: ofDecimals,
    negate: (value, dialect) => dialect.negateDecimal(value),
    fromInt: (int, dialect) => dialect.asDecimal(int),
  },
};

/** Arithmetic as in domain/expressions/arithmetic.ts: out of range is null, never an error of the database. */
export function arithmetic(node: NodeOf<'arithmetic'>, emitter: EmitContext): Sql {
  return numbers[node.type.kind as NumberKind].arithmetic(node, emitter);
}

function ofDecimals({ operator, left, right }: NodeOf<'arithmetic'>, emitter: EmitContext): Sql {
  if (operator === '/' || operator === '%') throw new Error(`decimals have no ${operator}`);
  const { dialect } = emitter;
  const result = dialect.calculateDecimals(operator, emitter.value(left), emitter.value(right));
  return emitter.fenced(result, (value) => dialect.decimalOrNull(value));
}

function ofIntegers({ operator, left, right }: NodeOf<'arithmetic'>, emitter: EmitContext): Sql {
  const [one, other] = [emitter.value(left), emitter.value(right)];
  switch (operator) {
    case '/':
    case '%':
      return sql`(${one} ${sql.raw(operator)} nullif(${other}, 0))`;
    case '*':
      return safe(emitter.dialect.multiplyIntegers(one, other), emitter);
    case '+':
    case '-':
      return safe(sql`(${one} ${sql.raw(operator)} ${other})`, emitter);
    default:
      return exhausted(operator);
  }
}

function safe(result: Sql, emitter: EmitContext): Sql {
  return emitter.fenced(
    result,
    (value) =>
      sql`case when ${value} between -9007199254740991 and 9007199254740991 then ${emitter.dialect.asInteger(value)} end`,
  );
}

function ofDoubles({ operator, left, right }: NodeOf<'arithmetic'>, emitter: EmitContext): Sql {
  const [one, other] = [operand(left, emitter), operand(right, emitter)];
  return sql`(${one} ${sql.raw(operator)} ${operator === '/' ? sql`nullif(${other}, 0)` : other})`;
}

/** Neither so great nor so small that a result could leave the range of doubles. */
function operand(node: Node, emitter: EmitContext): Sql {
  if (node.op === 'convert' || isOrdinary(node)) return emitter.value(node);
  const bound = (value: number) => emitter.dialect.parameter({ kind: 'double' }, value);
  return emitter.once(
    node,
    (value) => sql`(case when abs(${value}) > ${bound(greatestDouble)} then null
      when abs(${value}) < ${bound(leastDouble)} then ${bound(0)} else ${value} end)`,
  );
}

function isOrdinary(node: Node): boolean {
  if (node.op !== 'literal' || typeof node.value !== 'number') return false;
  const magnitude = Math.abs(node.value);
  return magnitude === 0 || (magnitude >= leastDouble && magnitude <= greatestDouble);
}

export function functionOf(node: FunctionNode, emitter: EmitContext): Sql {
  const { dialect } = emitter;
  switch (node.op) {
    case 'member':
      return dialect.member(emitter.value(node.of), node.keys);
    case 'read':
      return read(node, emitter);
    case 'convert':
      return convert(node, emitter);
    case 'negate':
      return numbers[node.type.kind as NumberKind].negate(emitter.value(node.of), dialect);
    case 'addDuration':
      return addDuration(node, emitter);
    case 'difference':
      return sql`(${milliseconds(node.left, emitter)} - ${milliseconds(node.right, emitter)})`;
    case 'concat':
      return concatenation(node, emitter);
    case 'text':
      return textTest(node, emitter);
    case 'lower':
      return dialect.lower(emitter.value(node.of));
    case 'size':
      if (node.of.type.kind === 'list') return emitter.once(node.of, (list) => dialect.arrayLength(list));
      return dialect.length(emitter.value(node.of));
    default:
      return exhausted(node);
  }
}

const milliseconds = (node: Node, emitter: EmitContext): Sql =>
  emitter.dialect.milliseconds(emitter.value(node));

function addDuration({ of, by, back }: NodeOf<'addDuration'>, emitter: EmitContext): Sql {
  const moved = sql`(${milliseconds(of, emitter)} ${sql.raw(back ? '-' : '+')} ${emitter.value(by)})`;
  const [first, last] = [sql.lit(firstInstantMs), sql.lit(lastInstantMs)];
  return emitter.fenced(
    moved,
    (value) =>
      sql`case when ${value} between ${first} and ${last} then ${emitter.dialect.timestamp(value)} end`,
  );
}

function read({ of, type }: NodeOf<'read'>, emitter: EmitContext): Sql {
  const [base, keys] = of.op === 'member' ? [of.of, of.keys] : [of, []];
  return emitter.once(base, (json) => emitter.dialect.read(json, keys, type));
}

function convert({ of, type }: NodeOf<'convert'>, emitter: EmitContext): Sql {
  const value = emitter.value(of);
  if (type.kind === 'string') return emitter.dialect.idAsText(value);
  if (type.kind === 'timestamp') return emitter.dialect.midnight(value);
  return numbers[type.kind as NumberKind].fromInt(value, emitter.dialect);
}

/** A chain as a whole: its texts are short enough together, or it is null. */
function concatenation(node: NodeOf<'concat'>, emitter: EmitContext): Sql {
  const values: Sql[] = [];
  const whole = (texts: readonly Node[]): Sql => {
    const [text, ...others] = texts;
    if (text !== undefined)
      return emitter.once(text, (value) => {
        values.push(value);
        return whole(others);
      });
    const length = sql.join(
      values.map((value) => sql`octet_length(${value})`),
      sql` + `,
    );
    return sql`(case when ${length} <= ${sql.lit(longestText)} then ${sql.join(values, sql` || `)} end)`;
  };
  return whole(textsOf(node));
}

function textsOf(node: Node): Node[] {
  return node.op === 'concat' ? [...textsOf(node.left), ...textsOf(node.right)] : [node];
}

function textTest({ test, of, part }: NodeOf<'text'>, emitter: EmitContext): Sql {
  const { dialect } = emitter;
  return emitter.once(of, (value) => emitter.once(part, (other) => dialect[test](value, other)));
}
