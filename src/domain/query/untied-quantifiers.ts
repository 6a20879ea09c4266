import type { Collection, Model } from '#domain/collections/model.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { children } from '#domain/expressions/nodes.ts';
import type { Node, NodeOf } from '#domain/expressions/tree.ts';

/** An `exists` or `all` over a collection that looks at every record of it, again for each record around it. */
export interface UntiedQuantifier {
  /** The collections that are combined: that of the list first, the quantifier's own last. */
  readonly collections: readonly string[];
  /** Of the quantifier's own collection: its condition compares it, and an index would make it look at few records. */
  readonly property?: string;
}

/** How to tie it, in a sentence. */
export function adviceForPairs({ collections, property }: UntiedQuantifier): string {
  const own = collections.at(-1);
  return property === undefined
    ? `Compare an indexed property of "${own}" with == to one of the record.`
    : `An index on "${property}" of "${own}" would help.`;
}

interface Around {
  readonly model: Model;
  /** Collections whose records the node is decided for, one combination after the other. */
  readonly loops: readonly string[];
  readonly found: UntiedQuantifier[];
}

/** Those in an expression, in its order. A condition that looks at nothing around it is decided once, and so never among them. */
export function untiedQuantifiers({ tree, collection }: Expression, model: Model): UntiedQuantifier[] {
  const found: UntiedQuantifier[] = [];
  collect(tree, { model, loops: [collection], found });
  return found;
}

function collect(node: Node, around: Around): void {
  if (node.op !== 'quantifier' || !('collection' in node.over)) {
    for (const child of children(node)) collect(child, around);
    return;
  }
  const own = around.model.collections.get(node.over.collection);
  const isDecidedOnce = !looksAround(node.condition, new Set([node.id]), { atUser: false });
  const loops = isDecidedOnce ? [] : around.loops;
  const isTied = !node.all && isTiedBy(node.condition, node.id, own);
  const inside = isTied ? loops : [...loops, node.over.collection];
  if (!isTied && loops.length > 0) {
    const property = node.all ? undefined : comparedProperty(node.condition, node.id);
    around.found.push({ collections: inside, ...(property !== undefined && { property }) });
  }
  collect(node.condition, { ...around, loops: inside });
}

/** Whether a condition finds its records by an index: all its alternatives compare the first property of one. */
function isTiedBy(condition: Node, id: number, collection: Collection | undefined): boolean {
  if (condition.op === 'and') return condition.args.some((arg) => isTiedBy(arg, id, collection));
  if (condition.op === 'or') return condition.args.every((arg) => isTiedBy(arg, id, collection));
  const property = comparedWithOther(condition, id);
  return property !== undefined && isFirstOfIndex(property, collection);
}

function isFirstOfIndex(property: string, collection: Collection | undefined): boolean {
  return (
    property === 'id' || (collection?.indexes.some(({ properties }) => properties[0] === property) ?? false)
  );
}

function comparedProperty(condition: Node, id: number): string | undefined {
  if (condition.op !== 'and') return comparedWithOther(condition, id);
  return condition.args.map((arg) => comparedProperty(arg, id)).find((name) => name !== undefined);
}

/** The property of the variable that a node compares, for equality, with a value from elsewhere. */
function comparedWithOther(node: Node, id: number): string | undefined {
  if (node.op === 'inOptions') {
    const property = ownProperty(node.of, id);
    return node.options.every((option) => isOther(option, id)) ? property : undefined;
  }
  if (node.op !== 'equal' || node.negated) return undefined;
  return sideOf(node, 'left', 'right', id) ?? sideOf(node, 'right', 'left', id);
}

function sideOf(
  node: NodeOf<'equal'>,
  one: 'left' | 'right',
  other: 'left' | 'right',
  id: number,
): string | undefined {
  return isOther(node[other], id) ? ownProperty(node[one], id) : undefined;
}

function ownProperty(node: Node, id: number): string | undefined {
  if (node.op === 'convert' && node.of.type.kind === 'id') return ownProperty(node.of, id);
  const isOwn = node.op === 'field' && node.of.op === 'variable' && node.of.id === id;
  return isOwn ? node.property.name : undefined;
}

/** A value from around: of another record or of the user. One that is written out may be that of half the records. */
function isOther(node: Node, id: number): boolean {
  return !mentions(node, id) && looksAround(node, new Set(), { atUser: true });
}

function mentions(node: Node, id: number): boolean {
  const isIt = node.op === 'field' && node.of.op === 'variable' && node.of.id === id;
  return isIt || children(node).some((child) => mentions(child, id));
}

/** Whether a node needs a record from outside, that is, none of the variables `within`; or, if that counts, the user. */
function looksAround(
  node: Node,
  within: ReadonlySet<number>,
  counting: { readonly atUser: boolean },
): boolean {
  if (node.op === 'runtimeParameter') return counting.atUser;
  if (node.op === 'field' && node.of.op === 'root') return node.of.name !== 'user' || counting.atUser;
  if (node.op === 'field' && node.of.op === 'variable') return !within.has(node.of.id);
  if (node.op === 'element') return !within.has(node.id);
  const inside = node.op === 'quantifier' ? new Set([...within, node.id]) : within;
  return children(node).some((child) => looksAround(child, inside, counting));
}
