import { numberTypeOf } from './arithmetic.ts';
import type { CheckContext, Operand } from './check-context.ts';
import { asType, describe, unify, type Located } from './coerce.ts';
import { ExpressionError } from './error.ts';
import {
  inOptions,
  choose,
  compare,
  equal,
  junction,
  literal,
  negate,
  not,
  signedIn,
  inList,
} from './nodes.ts';
import type { Syntax } from './parse.ts';
import type { Node, Operator } from './tree.ts';
import { bool, double, type Type } from './type.ts';

export type SyntaxOf<Op extends Syntax['op']> = Extract<Syntax, { readonly op: Op }>;

export const located = (syntax: Syntax, context: CheckContext): Located => ({
  node: context.value(syntax),
  position: syntax.start,
});

/** `a && b && c` is one node, so that long chains stay flat. */
export function checkJunction(syntax: SyntaxOf<'&&' | '||'>, context: CheckContext): Node {
  const parts: Syntax[] = [];
  let rest: Syntax = syntax;
  while (rest.op === syntax.op) {
    const [before, last]: [Syntax, Syntax] = rest.args;
    parts.push(last);
    rest = before;
  }
  parts.push(rest);
  const args = parts.toReversed().map((part) => context.condition(part, `"${syntax.op}"`));
  return junction(syntax.op === '&&' ? 'and' : 'or', args);
}

export function checkNot(syntax: SyntaxOf<'!_'>, context: CheckContext): Node {
  return not(context.condition(syntax.args, '"!"'));
}

export function checkNegation(syntax: SyntaxOf<'-_'>, context: CheckContext): Node {
  const given = located(syntax.args, context);
  const node = given.node.type.kind === 'json' ? asType(given, double, '"-"') : given.node;
  if (numberTypeOf(node.type) === undefined) {
    throw new ExpressionError(
      `"-" needs a number or a duration, and this is ${describe(node.type)}.`,
      given.position,
    );
  }
  if (node.op !== 'literal' || typeof node.value !== 'number') return negate(node);
  const negated = literal(node.type, node.value === 0 ? 0 : -node.value);
  return node.digits === undefined ? negated : { ...negated, digits: `-${node.digits}` };
}

export function checkChoice(syntax: SyntaxOf<'?:'>, context: CheckContext): Node {
  const [condition, yes, no] = syntax.args;
  const decides = context.condition(condition, '"? :"');
  const [left, right] = unify(located(yes, context), located(no, context), '"? :" cannot mix');
  if (left.type.kind === 'null' && right.type.kind === 'null') return left;
  return choose(decides, typed(left, right), typed(right, left));
}

/** Gives a null literal the type of the other operand. */
const typed = (node: Node, other: Node): Node =>
  node.type.kind === 'null' ? literal(other.type, null) : node;

export function checkEquality(syntax: SyntaxOf<'==' | '!='>, context: CheckContext): Node {
  const [first, second] = syntax.args;
  const negated = syntax.op === '!=';
  const [left, right] = [context.operand(first), context.operand(second)];
  const record = left.is === 'record' ? left.record : right.is === 'record' ? right.record : undefined;
  if (record !== undefined && (isNull(left) || isNull(right))) {
    return record.op === 'root' && record.name === 'user' ? signedIn(!negated) : literal(bool, negated);
  }
  const one = { node: context.valueOf(left, first), position: first.start };
  const other = { node: context.valueOf(right, second), position: second.start };
  return equality(one, other, negated);
}

const isNull = (operand: Operand): boolean => operand.is === 'value' && operand.node.type.kind === 'null';

function equality(left: Located, right: Located, negated: boolean): Node {
  const what = negated ? '"!="' : '"=="';
  const [one, other] = unify(left, right, `${what} cannot compare`);
  refuseWhole(one, other, left.position, what);
  return equal(one, other, negated);
}

/** Lists and json values are not compared with each other: equal ones may be written in many ways. */
function refuseWhole(one: Node, other: Node, position: number, what: string): void {
  if (one.type.kind === 'list' && other.type.kind === 'list') {
    throw new ExpressionError(`${what} does not compare lists: use "in", exists() or all().`, position);
  }
  if (one.type.kind === 'json' && other.type.kind === 'json') {
    throw new ExpressionError(`${what} does not compare json values with each other.`, position);
  }
}

const ordered: ReadonlySet<Type['kind']> = new Set(['string', 'timestamp', 'date', 'id']);

export function checkComparison(syntax: SyntaxOf<Operator>, context: CheckContext): Node {
  const left = located(syntax.args[0], context);
  const [one, other] = unify(left, located(syntax.args[1], context), `"${syntax.op}" cannot compare`);
  const type = one.type.kind === 'null' ? other.type : one.type;
  if (!ordered.has(type.kind) && numberTypeOf(type) === undefined) {
    throw new ExpressionError(`"${syntax.op}" cannot order ${describe(type)}.`, left.position);
  }
  const isNull = one.type.kind === 'null' || other.type.kind === 'null';
  return isNull ? literal(bool, null) : compare(syntax.op, one, other);
}

export function checkIn(syntax: SyntaxOf<'in'>, context: CheckContext): Node {
  const [item, list] = syntax.args;
  const left = located(item, context);
  if (left.node.type.kind === 'list')
    throw new ExpressionError('"in" looks for one value, not for a list.', item.start);
  return list.op === 'list' ? checkInOptions(left, list, context) : checkInList(left, list, context);
}

function checkInOptions(item: Located, list: SyntaxOf<'list'>, context: CheckContext): Node {
  const options = list.args.map((option) => located(option, context));
  let common = item;
  for (const option of options) common = { ...common, node: unify(common, option, '"in" cannot compare')[0] };
  const brought = options.map((option) => unify(common, option, '"in" cannot compare')[1]);
  for (const option of brought) refuseWhole(common.node, option, item.position, '"in"');
  return inOptions(common.node, brought);
}

function checkInList(item: Located, syntax: Syntax, context: CheckContext): Node {
  const operand = context.operand(syntax);
  if (operand.is === 'collection') {
    throw new ExpressionError(
      `"in" does not look into a collection: use ${operand.name}.exists(…).`,
      syntax.start,
    );
  }
  const list = context.valueOf(operand, syntax);
  if (list.type.kind !== 'list') {
    throw new ExpressionError(`"in" needs a list, and this is ${describe(list.type)}.`, syntax.start);
  }
  const elements = literal(list.type.of, null);
  const [brought, asElement] = unify(item, { node: elements, position: syntax.start }, '"in" cannot compare');
  if (asElement.type.kind === list.type.of.kind) return inList(brought, list);
  throw new ExpressionError(
    `"in" does not look for ${describe(item.node.type)} in ${describe(list.type)}.`,
    syntax.start,
  );
}
