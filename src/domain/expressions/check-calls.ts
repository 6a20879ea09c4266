import { nearMiss } from '#domain/near-miss.ts';
import { checkDuration, checkTimestamp } from './check-literals.ts';
import { located, type SyntaxOf } from './check-operators.ts';
import type { CheckContext, Operand } from './check-context.ts';
import { asType, describe, type Located } from './coerce.ts';
import { ExpressionError, quoted } from './error.ts';
import { element, equal, literal, lower, quantifier, size, text } from './nodes.ts';
import { lookUp } from './names.ts';
import { limits, type Syntax } from './parse.ts';
import type { Node, TextFunction } from './tree.ts';
import { string } from './type.ts';

const functions = ['has', 'size', 'timestamp', 'duration'];
const methods = ['size', 'startsWith', 'endsWith', 'contains', 'lowerAscii', 'exists', 'all'];

/** The functions of CEL that this language leaves out, each with its replacement. */
const leftOut: ReadonlyMap<string, string> = new Map([
  ['matches', 'use startsWith, endsWith or contains'],
  ['map', 'use exists or all'],
  ['filter', 'use exists or all'],
  ['exists_one', 'use exists or all'],
  ['upperAscii', 'use lowerAscii'],
  ['string', 'values are not converted'],
  ['int', 'values are not converted'],
  ['uint', 'values are not converted'],
  ['double', 'values are not converted'],
  ['bool', 'values are not converted'],
  ['bytes', 'bytes do not exist here'],
  ['dyn', 'every value has a type'],
  ['type', 'every value has a type'],
]);

/** `has(record.title)`, `size(…)`, `timestamp("…")`, `duration("…")`. */
export function checkCall(syntax: SyntaxOf<'call'>, context: CheckContext): Node {
  const [name, args] = syntax.args;
  if (!functions.includes(name)) throw unknownFunction(name, syntax.start, functions, methods);
  const [argument] = args;
  if (argument === undefined || args.length > 1) {
    throw new ExpressionError(`${name}() takes one argument.`, syntax.start);
  }
  if (name === 'has') return checkHas(argument, context);
  const given = located(argument, context);
  if (name === 'size') return checkSize(given);
  return name === 'timestamp' ? checkTimestamp(given) : checkDuration(given);
}

/** `has(x)` is `x != null`. */
function checkHas(argument: Syntax, context: CheckContext): Node {
  const operand = context.operand(argument);
  if (operand.is !== 'value' || operand.node.op === 'literal') {
    throw new ExpressionError('has() asks for a property, such as has(record.title).', argument.start);
  }
  return equal(operand.node, literal({ kind: 'null' }, null), true);
}

function checkSize(given: Located): Node {
  return given.node.type.kind === 'list' ? size(given.node) : size(asType(given, string, 'size()'));
}

/** `title.startsWith("a")`, `members.exists(m, …)` and the like. */
export function checkMethod(syntax: SyntaxOf<'rcall'>, context: CheckContext): Node {
  const [name, receiver, args] = syntax.args;
  const position = context.source.indexOf(name, receiver.end);
  if (!methods.includes(name)) throw unknownFunction(name, position, methods, functions);
  const wanted = { size: 0, lowerAscii: 0, exists: 2, all: 2 }[name] ?? 1;
  if (args.length !== wanted) {
    throw new ExpressionError(
      `${name}() takes ${['no argument', 'one argument', 'two arguments'][wanted]}.`,
      position,
    );
  }
  const [first, second] = args;
  if (name === 'exists' || name === 'all')
    return checkQuantifier({ name, over: receiver, variable: first!, body: second! }, context);
  const given = located(receiver, context);
  if (name === 'size') return checkSize(given);
  const subject = asType(given, string, `${name}()`);
  if (name === 'lowerAscii') return lower(subject);
  return text(name as TextFunction, subject, asType(located(first!, context), string, `${name}()`));
}

function unknownFunction(name: string, position: number, these: string[], those: string[]): ExpressionError {
  const instead = leftOut.get(name);
  if (instead !== undefined) return new ExpressionError(`${name}() is not supported: ${instead}.`, position);
  if (those.includes(name)) {
    const example = these === functions ? `text.${name}(…)` : `${name}(…)`;
    return new ExpressionError(`${name}() is written ${example}.`, position);
  }
  return new ExpressionError(
    `Unknown function ${quoted(name)}.`,
    position,
    nearMiss(name, [...these, ...those]),
  );
}

/** `over.exists(variable, body)`. */
interface QuantifierSyntax {
  readonly name: 'exists' | 'all';
  readonly over: Syntax;
  readonly variable: Syntax;
  readonly body: Syntax;
}

function checkQuantifier({ name, over, variable, body }: QuantifierSyntax, outer: CheckContext): Node {
  if (variable.op !== 'id') throw new ExpressionError(`${name}() names a variable first.`, variable.start);
  if (lookUp(variable.args, outer) !== undefined) {
    throw new ExpressionError(
      `"${variable.args}" has a meaning already: name the variable otherwise.`,
      variable.start,
    );
  }
  const { kind } = outer.scope;
  if (outer.variables.size >= limits.quantifiers[kind]) {
    const most = limits.quantifiers[kind];
    throw new ExpressionError(
      `In a ${kind}, at most ${most} exists() and all() may stand in one another.`,
      over.start,
    );
  }
  const source = outer.operand(over);
  const id = outer.newId();
  const inside = (operand: Operand) => outer.with(variable.args, operand).condition(body, `${name}()`);
  if (source.is === 'collection') {
    const condition = inside({ is: 'record', record: { op: 'variable', id, collection: source.name } });
    return quantifier(name === 'all', { collection: source.name }, id, condition);
  }
  const list = outer.valueOf(source, over);
  if (list.type.kind !== 'list') {
    throw new ExpressionError(
      `${name}() goes over a collection or a list, and this is ${describe(list.type)}.`,
      over.start,
    );
  }
  return quantifier(name === 'all', { list }, id, inside({ is: 'value', node: element(list.type.of, id) }));
}
