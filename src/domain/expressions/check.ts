import { exhausted } from '#domain/exhausted.ts';
import { checkArithmetic } from './check-arithmetic.ts';
import { checkCall, checkMethod } from './check-calls.ts';
import { checkList, checkLiteral } from './check-literals.ts';
import { checkMember } from './check-members.ts';
import {
  checkChoice,
  checkComparison,
  checkEquality,
  checkIn,
  checkJunction,
  checkNegation,
  checkNot,
} from './check-operators.ts';
import type { CheckContext, Operand } from './check-context.ts';
import { asType } from './coerce.ts';
import { ExpressionError } from './error.ts';
import type { Expression, Path, Scope } from './expression.ts';
import { propertyOf, resolveName } from './names.ts';
import { limits, parse, type Syntax } from './parse.ts';
import type { Node } from './tree.ts';
import { bool } from './type.ts';
import { usesOf } from './uses.ts';

/**
 * Parses and type-checks a rule or a filter (CEL; docs/expressions.md). Takes less than 50 ms for any source.
 * Throws ExpressionError: the first mistake, with its position.
 */
export function compileExpression(source: string, scope: Scope): Expression {
  const context = new Check(source, scope);
  const tree = context.condition(parse(source), scope.kind === 'rule' ? 'A rule' : 'A filter');
  return {
    source,
    kind: scope.kind,
    collection: scope.collection,
    type: tree.type,
    tree,
    ...usesOf(tree, scope.collection),
  };
}

/**
 * Checks a sort path such as `title` or `project.name`. Throws ExpressionError as a filter does, also for
 * properties that have no order (lists, json).
 */
export function compilePath(source: string, scope: Omit<Scope, 'kind'>): Path {
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(source)) {
    throw new ExpressionError('This is not a property, or a path such as "project.name".', 0);
  }
  const context = new Check(source, { ...scope, kind: 'filter', previous: false });
  const names = source.split('.');
  let [tree, position] = [pathStart(names[0]!, context), names[0]!.length + 1];
  for (const name of names.slice(1)) {
    tree = checkMember({ is: 'value', node: tree }, name, position, context);
    position += name.length + 1;
  }
  if (tree.op !== 'field') throw new ExpressionError('A json value has no order.', 0);
  if (tree.type.kind === 'list' || tree.type.kind === 'json') {
    throw new ExpressionError(`"${tree.property.name}" has no order: it is not a simple value.`, 0);
  }
  return {
    source,
    kind: 'path',
    collection: scope.collection,
    type: tree.type,
    tree,
    ...usesOf(tree, scope.collection),
    property: tree.property,
    target: tree.of.collection,
    nullable: tree.nullable,
  };
}

function pathStart(name: string, { scope }: Check): Node {
  return propertyOf({ op: 'root', name: 'record', collection: scope.collection }, name, 0, scope);
}

class Check implements CheckContext {
  readonly source: string;
  readonly scope: Scope;
  readonly variables: ReadonlyMap<string, Operand>;
  readonly newId: () => number;
  #depth: number;

  constructor(
    source: string,
    scope: Scope,
    outer?: { variables: ReadonlyMap<string, Operand>; check: Check },
  ) {
    this.source = source;
    this.scope = scope;
    this.variables = outer?.variables ?? new Map();
    this.#depth = outer === undefined ? 0 : outer.check.#depth;
    let ids = 0;
    this.newId = outer?.check.newId ?? (() => ids++);
  }

  with(variable: string, operand: Operand): CheckContext {
    const variables = new Map(this.variables).set(variable, operand);
    return new Check(this.source, this.scope, { variables, check: this });
  }

  operand(syntax: Syntax): Operand {
    if (this.#depth >= limits.depth) {
      throw new ExpressionError(
        `The expression is nested too deeply: at most ${limits.depth} levels are allowed.`,
        syntax.start,
      );
    }
    this.#depth++;
    const operand = checkSyntax(syntax, this);
    this.#depth--;
    return operand;
  }

  value(syntax: Syntax): Node {
    return this.valueOf(this.operand(syntax), syntax);
  }

  valueOf(operand: Operand, syntax: Syntax): Node {
    if (operand.is === 'value') return operand.node;
    if (operand.is === 'record') return propertyOf(operand.record, 'id', syntax.start, this.scope);
    throw new ExpressionError(
      `"${operand.name}" is a collection: use ${operand.name}.exists(…) or ${operand.name}.all(…).`,
      syntax.start,
    );
  }

  condition(syntax: Syntax, what: string): Node {
    return asType({ node: this.value(syntax), position: syntax.start }, bool, what);
  }
}

function checkSyntax(syntax: Syntax, context: CheckContext): Operand {
  if (syntax.op === 'id') return resolveName(syntax.args, syntax.start, context);
  if (syntax.op === '.') {
    const [receiver, name] = syntax.args;
    return { is: 'value', node: checkMember(context.operand(receiver), name, syntax.pos, context) };
  }
  return { is: 'value', node: checkValue(syntax, context) };
}

function checkValue(syntax: Exclude<Syntax, { op: 'id' | '.' }>, context: CheckContext): Node {
  switch (syntax.op) {
    case 'value':
      return checkLiteral(syntax, context.source);
    case 'list':
      return checkList(syntax, context);
    case '&&':
    case '||':
      return checkJunction(syntax, context);
    case '!_':
      return checkNot(syntax, context);
    case '-_':
      return checkNegation(syntax, context);
    case '?:':
      return checkChoice(syntax, context);
    case '==':
    case '!=':
      return checkEquality(syntax, context);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return checkComparison(syntax, context);
    case 'in':
      return checkIn(syntax, context);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return checkArithmetic(syntax, context);
    case 'call':
      return checkCall(syntax, context);
    case 'rcall':
      return checkMethod(syntax, context);
    case 'map':
      throw new ExpressionError('Maps are not supported.', syntax.start);
    case '[]':
    case '[?]':
    case '.?':
      throw new ExpressionError('Indexes such as [0] are not supported.', syntax.start);
    default:
      return exhausted(syntax);
  }
}
