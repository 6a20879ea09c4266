import { exhausted } from '#domain/exhausted.ts';
import { numberTypeOf } from './arithmetic.ts';
import { ExpressionError } from './error.ts';
import { convert, literal, read } from './nodes.ts';
import { isDate, midnight } from '#domain/kinds/date.ts';
import { parseTimestamp } from '#domain/kinds/timestamp.ts';
import type { Node } from './tree.ts';
import { date, double, string, timestamp, type Type } from './type.ts';

/** A node with where its source begins, for errors. */
export interface Located {
  readonly node: Node;
  readonly position: number;
}

/**
 * Brings two values to one type, so that they can be compared or stand for each other: int beside double becomes
 * double, int or a written number beside decimal an exact decimal, date beside timestamp its midnight, a string literal beside either is read as one, an id beside a string is
 * its text, json is read as the type of the other operand. Throws ExpressionError when nothing fits; `what` begins that
 * sentence.
 */
export function unify(left: Located, right: Located, what: string): [Node, Node] {
  const pair = unified(left, right) ?? unified(right, left)?.toReversed();
  if (pair !== undefined) return [pair[0]!, pair[1]!];
  throw new ExpressionError(
    `${what} ${describe(left.node.type)} with ${describe(right.node.type)}.`,
    left.position,
  );
}

function unified(one: Located, other: Located): Node[] | undefined {
  const [left, right] = [one.node, other.node];
  if (left.type.kind === 'null') return [left, right];
  if (left.type.kind === 'json' && right.type.kind !== 'json') {
    const type = readableAs(right.type);
    return type === undefined ? undefined : [read(left, type), convert(right, type)];
  }
  if (left.type.kind === 'list') return sameElements(left.type, right.type) ? [left, right] : undefined;
  if (left.type.kind === right.type.kind) return [left, right];
  if (left.type.kind === 'int' && numberTypeOf(right.type)?.fromInt)
    return [convert(left, right.type), right];
  const written = writtenAs(one, right.type);
  if (written !== undefined) return [written, right];
  if (left.type.kind === 'id' && right.type.kind === 'string') return [convert(left, string), right];
  if (left.type.kind === 'date' && right.type.kind === 'timestamp') return [convert(left, timestamp), right];
  if (left.op === 'literal' && typeof left.value === 'string') return withText(one, left.value, right);
  return undefined;
}

/** A number as it is written, or a text, beside a type that reads its digits. */
function writtenAs({ node, position }: Located, type: Type): Node | undefined {
  const fromDigits = numberTypeOf(type)?.fromDigits;
  if (fromDigits === undefined || node.op !== 'literal') return undefined;
  const digits = node.digits ?? (node.type.kind === 'string' ? (node.value as string) : undefined);
  if (digits === undefined) return undefined;
  const value = fromDigits(digits);
  if (value !== undefined) return literal(type, value);
  throw new ExpressionError(
    `This stands beside a ${type.kind}, and is not one such as 12.5 or "12.50".`,
    position,
  );
}

/** A string literal beside a date or a timestamp. */
function withText(place: Located, text: string, other: Node): Node[] | undefined {
  if (other.type.kind !== 'date' && other.type.kind !== 'timestamp') return undefined;
  if (other.type.kind === 'date' && isDate(text)) return [literal(date, text), other];
  const instant = timestampIn(text);
  if (instant !== undefined) return [literal(timestamp, instant), convert(other, timestamp)];
  const example = other.type.kind === 'date' ? '"2026-01-31"' : '"2026-01-31T10:00:00Z"';
  throw new ExpressionError(
    `This text stands beside a ${other.type.kind}, and is not one such as ${example}.`,
    place.position,
  );
}

/** RFC 3339 text as a timestamp, a date as its midnight in UTC. */
export function timestampIn(text: string): string | undefined {
  return isDate(text) ? midnight(text) : parseTimestamp(text);
}

/** The type that a json value is read as beside a value of this type; undefined if there is none. */
function readableAs(type: Type): Type | undefined {
  if (type.kind === 'bool' || type.kind === 'double' || type.kind === 'string') return type;
  if (type.kind === 'int') return double;
  return type.kind === 'id' ? string : undefined;
}

function sameElements(left: Type & { kind: 'list' }, right: Type): boolean {
  return right.kind === 'list' && left.of.kind === right.of.kind;
}

/** A value where only one type will do: json is read as it, an id is its text, an int may be a double. */
export function asType(place: Located, type: Type, what: string): Node {
  const { node } = place;
  if (node.type.kind === type.kind) return node;
  if (node.type.kind === 'json' && readableAs(type)?.kind === type.kind) return read(node, type);
  if (node.type.kind === 'id' && type.kind === 'string') return convert(node, type);
  if (node.type.kind === 'int' && numberTypeOf(type)?.fromInt) return convert(node, type);
  if (node.type.kind === 'date' && type.kind === 'timestamp') return convert(node, type);
  if (node.type.kind === 'null') return literal(type, null);
  throw new ExpressionError(
    `${what} needs ${describe(type)}, and this is ${describe(node.type)}.`,
    place.position,
  );
}

/** A type in words. */
export function describe(type: Type): string {
  switch (type.kind) {
    case 'bool':
      return 'a condition (bool)';
    case 'int':
      return 'an int';
    case 'id':
      return `the id of a record of "${type.collection}"`;
    case 'list':
      return type.of.kind === 'null' ? 'an empty list' : `a list (${type.of.kind})`;
    case 'json':
      return 'a json value';
    case 'null':
      return 'null';
    case 'double':
    case 'decimal':
    case 'string':
    case 'timestamp':
    case 'date':
    case 'duration':
      return `a ${type.kind}`;
    default:
      return exhausted(type);
  }
}
