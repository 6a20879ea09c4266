import { exhausted } from '#domain/exhausted.ts';
import {
  inOptions,
  arithmetic,
  children,
  choose,
  compare,
  concat,
  convert,
  difference,
  equal,
  field,
  junction,
  literal,
  lower,
  member,
  negate,
  not,
  quantifier,
  read,
  addDuration,
  size,
  text,
  inList,
} from './nodes.ts';
import type { FunctionNode, Node, NodeOf, RecordNode } from './tree.ts';
import { bool } from './type.ts';

export interface Known {
  /** Parts of the tree whose value is known by now. */
  readonly replaced: ReadonlyMap<Node, Node>;
  readonly anonymous: boolean;
}

/**
 * Puts the known values into a tree and folds constants. With `holds` only true matters, as in a condition: null becomes
 * false where that decides the same.
 */
export function simplify(node: Node, known: Known, holds: boolean): Node {
  const result = known.replaced.get(node) ?? simplified(node, known, holds);
  return holds && isNull(result) ? literal(bool, false) : result;
}

function simplified(node: Node, known: Known, holds: boolean): Node {
  const value = (of: Node) => simplify(of, known, false);
  if ('ofUser' in node && node.ofUser && known.anonymous) return literal(bool, null);
  switch (node.op) {
    case 'literal':
    case 'runtimeParameter':
    case 'now':
    case 'element':
    case 'signedIn':
      return node;
    case 'field':
      return simplifyField(node, known);
    case 'and':
    case 'or':
      return simplifyJunction(node, known, holds);
    case 'not':
      return simplifyNot(value(node.of));
    case 'if':
      return simplifyChoice(node, known, holds);
    case 'equal':
      return simplifyEqual(node, value(node.left), value(node.right));
    case 'inOptions':
      return inOptions(value(node.of), node.options.map(value));
    case 'quantifier':
      return simplifyQuantifier(node, known);
    default:
      return simplifyStrict(node, value);
  }
}

const isNull = (node: Node): boolean => node.op === 'literal' && node.value === null;
const is = (node: Node, value: boolean): boolean => node.op === 'literal' && node.value === value;

function simplifyField(node: NodeOf<'field'>, known: Known): Node {
  if (node.of.op !== 'dereference') return node;
  const by = simplify(node.of.by, known, false);
  const record: RecordNode = { ...node.of, by };
  return isNull(by) ? literal(node.type, null) : field(record, node.property);
}

function simplifyJunction(node: NodeOf<'and' | 'or'>, known: Known, holds: boolean): Node {
  const deciding = node.op === 'or';
  const args: Node[] = [];
  for (const arg of node.args) {
    const made = simplify(arg, known, holds);
    if (is(made, deciding)) return made;
    if (!is(made, !deciding)) args.push(made);
  }
  if (args.length === 0) return literal(bool, !deciding);
  return args.length === 1 ? args[0]! : junction(node.op, args);
}

function simplifyNot(of: Node): Node {
  if (of.op === 'literal') return literal(bool, of.value === null ? null : of.value !== true);
  return not(of);
}

function simplifyChoice(node: NodeOf<'if'>, known: Known, holds: boolean): Node {
  const condition = simplify(node.condition, known, true);
  const decides = holds && node.type.kind === 'bool';
  if (is(condition, true)) return simplify(node.yes, known, decides);
  if (is(condition, false)) return simplify(node.no, known, decides);
  return choose(condition, simplify(node.yes, known, decides), simplify(node.no, known, decides));
}

function simplifyEqual(node: NodeOf<'equal'>, left: Node, right: Node): Node {
  if (isNull(left) && isNull(right)) return literal(bool, !node.negated);
  const [one, other] = isNull(left) ? [right, left] : [left, right];
  if (isNull(other) && !one.nullable) return literal(bool, node.negated);
  return equal(one, other, node.negated);
}

function simplifyQuantifier(node: NodeOf<'quantifier'>, known: Known): Node {
  const condition = simplify(node.condition, known, true);
  if ('collection' in node.over) {
    if (is(condition, node.all)) return condition;
    return quantifier(node.all, node.over, node.id, condition);
  }
  const list = simplify(node.over.list, known, false);
  return isNull(list) ? literal(bool, null) : quantifier(node.all, { list }, node.id, condition);
}

/** Simplifies a node that is null as soon as an operand is; of `within` only the list, for null may be looked for. */
function simplifyStrict(node: StrictNode, value: (node: Node) => Node): Node {
  const made = rebuild(node, value);
  const decisive = made.op === 'inList' ? [made.list] : children(made);
  return decisive.some(isNull) ? literal(node.type, null) : made;
}

type StrictNode = FunctionNode | NodeOf<'inList' | 'compare' | 'arithmetic'>;

function rebuild(node: StrictNode, value: (node: Node) => Node): Node {
  switch (node.op) {
    case 'inList':
      return inList(value(node.of), value(node.list));
    case 'compare':
      return compare(node.operator, value(node.left), value(node.right));
    case 'arithmetic':
      return arithmetic(node.operator, value(node.left), value(node.right));
    case 'difference':
      return difference(value(node.left), value(node.right));
    case 'concat':
      return concat(value(node.left), value(node.right));
    case 'addDuration':
      return addDuration(value(node.of), value(node.by), node.back);
    case 'text':
      return text(node.test, value(node.of), value(node.part));
    case 'member':
      return node.keys.reduce(member, value(node.of));
    case 'read':
      return read(value(node.of), node.type);
    case 'convert':
      return convert(value(node.of), node.type);
    case 'negate':
      return negate(value(node.of));
    case 'lower':
      return lower(value(node.of));
    case 'size':
      return size(value(node.of));
    default:
      return exhausted(node);
  }
}
