import { numberTypeOf } from './arithmetic.ts';
import { located, type SyntaxOf } from './check-operators.ts';
import type { CheckContext } from './check-context.ts';
import { asType, describe, unify, type Located } from './coerce.ts';
import { ExpressionError } from './error.ts';
import { arithmetic, concat, difference, addDuration } from './nodes.ts';
import type { ArithmeticOperator, Node } from './tree.ts';
import { string, timestamp, type Type } from './type.ts';

/** `+ - * / %` on numbers, `+` on texts, `+ -` on times and durations. */
export function checkArithmetic(syntax: SyntaxOf<ArithmeticOperator>, context: CheckContext): Node {
  const left = located(syntax.args[0], context);
  const right = located(syntax.args[1], context);
  const operator = syntax.op;
  const node =
    ofTimes(operator, left, right) ?? ofTexts(operator, left, right) ?? ofNumbers(operator, left, right);
  if (node !== undefined) return node;
  const types = `${describe(left.node.type)} and ${describe(right.node.type)}`;
  throw new ExpressionError(`"${operator}" does not work on ${types}.`, left.position);
}

function ofTimes(operator: ArithmeticOperator, left: Located, right: Located): Node | undefined {
  if (operator !== '+' && operator !== '-') return undefined;
  const back = operator === '-';
  if (isInstant(left.node.type) && isDuration(right.node.type))
    return addDuration(instantOf(left), right.node, back);
  if (!back && isDuration(left.node.type) && isInstant(right.node.type))
    return addDuration(instantOf(right), left.node, back);
  if (isDuration(left.node.type) && isDuration(right.node.type))
    return arithmetic(operator, left.node, right.node);
  if (back && isInstant(left.node.type) && isInstant(right.node.type)) {
    return difference(instantOf(left), instantOf(right));
  }
  return undefined;
}

const isInstant = (type: Type): boolean => type.kind === 'timestamp' || type.kind === 'date';
const isDuration = (type: Type): boolean => type.kind === 'duration';
const instantOf = (place: Located): Node => asType(place, timestamp, 'Time');

function ofTexts(operator: ArithmeticOperator, left: Located, right: Located): Node | undefined {
  const texts = isText(left.node.type) && (isText(right.node.type) || right.node.type.kind === 'json');
  if (operator !== '+' || !(texts || (left.node.type.kind === 'json' && isText(right.node.type))))
    return undefined;
  return concat(asType(left, string, '"+"'), asType(right, string, '"+"'));
}

const isText = (type: Type): boolean => type.kind === 'string' || type.kind === 'id';

function ofNumbers(operator: ArithmeticOperator, left: Located, right: Located): Node | undefined {
  if (!isNumber(left.node.type) && !isNumber(right.node.type)) return undefined;
  const allowed = [left, right].every(({ node }) => isNumber(node.type) || node.type.kind === 'json');
  if (!allowed) return undefined;
  const [one, other] = unify(left, right, `"${operator}" cannot combine`);
  const isThere = numberTypeOf(one.type)?.arithmetic[operator] !== undefined;
  return isThere ? arithmetic(operator, one, other) : undefined;
}

const isNumber = (type: Type): boolean => !isDuration(type) && numberTypeOf(type) !== undefined;
