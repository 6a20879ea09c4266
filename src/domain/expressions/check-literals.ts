import type { JsonValue } from '#domain/json/value.ts';
import { parseDuration } from './duration.ts';
import type { CheckContext } from './check-context.ts';
import { asType, timestampIn, unify, type Located } from './coerce.ts';
import { ExpressionError } from './error.ts';
import { literal } from './nodes.ts';
import type { Syntax } from './parse.ts';
import type { Node } from './tree.ts';
import { bool, double, duration, int, string, timestamp, type ElementType } from './type.ts';

type SyntaxOf<Op extends Syntax['op']> = Extract<Syntax, { readonly op: Op }>;

export function checkLiteral(syntax: SyntaxOf<'value'>, source: string): Node {
  const value = syntax.args;
  switch (typeof value) {
    case 'boolean':
      return literal(bool, value);
    case 'number':
      return { ...literal(double, value === 0 ? 0 : value), digits: source.slice(syntax.start, syntax.end) };
    case 'bigint':
      return literal(int, safeInteger(value, syntax.start));
    case 'string':
      return literal(string, storable(value, syntax.start));
    default:
      if (value === null) return literal({ kind: 'null' }, null);
      throw new ExpressionError('Bytes and unsigned integers are not supported.', syntax.start);
  }
}

function safeInteger(value: bigint, position: number): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new ExpressionError(`Integers go up to ${Number.MAX_SAFE_INTEGER}.`, position);
}

/** No stored text holds a NUL or half a character, and PostgreSQL does not take them. */
function storable(text: string, position: number): string {
  if (!text.includes('\0') && text.isWellFormed()) return text;
  throw new ExpressionError('A string cannot hold the character NUL or half a character.', position);
}

/** `timestamp("2026-01-31T10:00:00Z")`; also the midnight of a date. */
export function checkTimestamp(argument: Located): Node {
  const { node, position } = argument;
  if (node.type.kind !== 'string') return asType(argument, timestamp, 'timestamp()');
  const text = literalText(node, position, 'timestamp()');
  const value = timestampIn(text);
  if (value !== undefined) return literal(timestamp, value);
  throw new ExpressionError('This is not a timestamp such as "2026-01-31T10:00:00Z".', position);
}

/** `duration("1h30m")`, kept in milliseconds. */
export function checkDuration({ node, position }: Located): Node {
  const value = parseDuration(literalText(node, position, 'duration()'));
  if (value !== undefined) return literal(duration, value);
  throw new ExpressionError(
    'This is not a duration such as "1h30m": units are h, m, s and ms, whole milliseconds, at most 10,000 years.',
    position,
  );
}

function literalText(node: Node, position: number, what: string): string {
  if (node.op === 'literal' && typeof node.value === 'string') return node.value;
  throw new ExpressionError(`${what} takes a text in quotes.`, position);
}

/** A list that is written out where a value is expected: of literals of one type. */
export function checkList(syntax: SyntaxOf<'list'>, context: CheckContext): Node {
  const elements = syntax.args.map((argument): Located => {
    const node = context.value(argument);
    if (node.op === 'literal' && node.type.kind !== 'list') return { node, position: argument.start };
    throw new ExpressionError('Outside of "in", a list may only hold literals.', argument.start);
  });
  let common: Located = { node: literal({ kind: 'null' }, null), position: syntax.start };
  for (const element of elements) {
    const [left, right] = unify(common, element, 'A list cannot mix');
    common = { node: left.type.kind === 'null' ? right : left, position: element.position };
  }
  const values = elements.map((element): JsonValue =>
    valueOf(unify(common, element, 'A list cannot mix')[1]),
  );
  return literal({ kind: 'list', of: common.node.type as ElementType }, values);
}

const valueOf = (node: Node): JsonValue => (node.op === 'literal' ? node.value : null);
