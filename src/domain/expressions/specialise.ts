import type { JsonValue } from '#domain/json/value.ts';
import { Memo } from '#domain/memo.ts';
import { type Bindings, Frame, type Run } from './bindings.ts';
import { compile } from './compile.ts';
import type { Expression } from './expression.ts';
import { children, runtimeParameter, literal } from './nodes.ts';
import { simplify } from './simplify.ts';
import type { Node } from './tree.ts';

export interface Specialised {
  /** The rest of the expression. Equal keys give the very same object, so it can itself key caches. */
  readonly expression: Expression;
  /** Names the shape among those of this expression: same source and scope, same key, same SQL. */
  readonly key: string;
}

/** A part that depends on no record, as large as it gets. */
interface Part {
  readonly node: Node;
  readonly run: Run;
}

interface Plan {
  readonly parts: readonly Part[];
  readonly shapes: Map<string, Specialised>;
}

/** More shapes than that one rule takes only if somebody tries. */
const maxShapes = 256;

const plans = new Memo<Expression, Plan>();

/**
 * Evaluates the parts that depend on no record (`user`, `now`, literals) and folds them away: null, true and false
 * become part of the shape, every other value is bound late (`bindParameters`), so SQL made for one caller serves
 * others. A specialised condition holds for the same records; where the original is null it may be false.
 */
export function specialise(expression: Expression, bindings: Bindings): Specialised {
  const plan = planOf(expression);
  const frame = new Frame(bindings, undefined);
  let key = expression.usesUser && bindings.user === null ? 'anonymous:' : '';
  for (const part of plan.parts) key += letterOf(part.run(frame));
  const known = plan.shapes.get(key);
  if (known !== undefined) return known;
  if (plan.shapes.size >= maxShapes) plan.shapes.clear();
  const made = { key, expression: shapeOf(expression, plan, frame) };
  plan.shapes.set(key, made);
  return made;
}

const letterOf = (value: JsonValue): string =>
  value === null ? 'n' : value === true ? 't' : value === false ? 'f' : 'v';

function planOf(expression: Expression): Plan {
  let plan = plans.get(expression);
  if (plan === undefined) {
    const parts: Part[] = [];
    collectParts(expression.tree, parts);
    plans.set(expression, (plan = { parts, shapes: new Map() }));
  }
  return plan;
}

function collectParts(node: Node, parts: Part[]): void {
  if (node.op === 'literal') return;
  if (isKnown(node, new Set())) parts.push({ node, run: compile(node) });
  else for (const child of children(node)) collectParts(child, parts);
}

/** Depends on no record: nothing but the user's own properties, the clock, literals, and variables bound inside. */
function isKnown(node: Node, bound: ReadonlySet<number>): boolean {
  switch (node.op) {
    case 'field':
      return node.of.op === 'root' && node.of.name === 'user';
    case 'element':
      return bound.has(node.id);
    case 'quantifier':
      return (
        'list' in node.over &&
        isKnown(node.over.list, bound) &&
        isKnown(node.condition, new Set(bound).add(node.id))
      );
    default:
      return children(node).every((child) => isKnown(child, bound));
  }
}

function shapeOf(expression: Expression, { parts }: Plan, frame: Frame): Expression {
  const replaced = new Map(parts.map((part) => [part.node, constantOf(part, frame)]));
  const anonymous = frame.user === null;
  const holds = expression.kind !== 'path';
  return { ...expression, tree: simplify(expression.tree, { replaced, anonymous }, holds) };
}

function constantOf({ node, run }: Part, frame: Frame): Node {
  const value = run(frame);
  if (value === null || typeof value === 'boolean') return literal(node.type, value);
  return runtimeParameter(node.type, (bindings) => run(new Frame(bindings, undefined)));
}

/** true or false when nothing is left to decide (null does not hold: false), undefined otherwise. */
export function decided(expression: Expression): boolean | undefined {
  if (expression.tree.op !== 'literal') return undefined;
  return expression.tree.value === true;
}
