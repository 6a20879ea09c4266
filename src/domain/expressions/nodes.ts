import { exhausted } from '#domain/exhausted.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import { numberTypeOf } from './arithmetic.ts';
import type { PropertyShape } from './shape.ts';
import type { ArithmeticOperator, Node, NodeOf, Operator, RecordNode, Source, TextFunction } from './tree.ts';
import { bool, duration, int, string, timestamp, type Type } from './type.ts';

/**
 * Makers of tree nodes. Each sets the node's `type` and `nullable`: whether its value can be null. By default a node is
 * nullable when an operand is. Elements, members, reads, arithmetic, `addDuration` and `concat` are always nullable: a
 * value can be absent, of another type, or beyond a limit. `equal`, `inOptions` and `inList` treat null as a value, and
 * are null only for an anonymous caller's `user` (`ofUser`) or a null list.
 */

export const literal = (type: Type, value: JsonValue): NodeOf<'literal'> => ({
  op: 'literal',
  type,
  nullable: value === null,
  value,
});

export const runtimeParameter = (type: Type, value: NodeOf<'runtimeParameter'>['value']): Node => ({
  op: 'runtimeParameter',
  type,
  nullable: false,
  value,
});

export const now: Node = { op: 'now', type: timestamp, nullable: false };

export function field(of: RecordNode, property: PropertyShape): Node {
  const always = of.op === 'variable' || (of.op === 'root' && of.name !== 'user');
  return { op: 'field', type: typeOf(of, property), nullable: !(always && property.required), of, property };
}

export const element = (type: Type, id: number): Node => ({ op: 'element', type, nullable: true, id });

export function member(of: Node, key: string): Node {
  const [base, keys] = of.op === 'member' ? [of.of, [...of.keys, key]] : [of, [key]];
  return { op: 'member', type: { kind: 'json' }, nullable: true, of: base, keys };
}

export const read = (of: Node, type: Type): Node => ({ op: 'read', type, nullable: true, of });

/** The same value as another type. Literals are converted at once. */
export function convert(of: Node, type: Type): Node {
  if (of.type.kind === type.kind) return of;
  const fromInt = numberTypeOf(type)?.fromInt;
  if (of.op === 'literal' && (fromInt !== undefined || of.value === null))
    return literal(type, of.value === null ? null : fromInt!(of.value as number));
  return { op: 'convert', type, nullable: of.nullable, of };
}

export const junction = (op: 'and' | 'or', args: readonly Node[]): Node => ({
  op,
  type: bool,
  nullable: args.some((arg) => arg.nullable),
  args,
});

export const not = (of: Node): Node => ({ op: 'not', type: bool, nullable: of.nullable, of });

export const choose = (condition: Node, yes: Node, no: Node): Node => ({
  op: 'if',
  type: yes.type,
  nullable: yes.nullable || no.nullable,
  condition,
  yes,
  no,
});

export const signedIn = (negated: boolean): Node => ({
  op: 'signedIn',
  type: bool,
  nullable: false,
  negated,
});

export function equal(left: Node, right: Node, negated: boolean): Node {
  const ofUser = isOfUser(left) || isOfUser(right);
  return { op: 'equal', type: bool, nullable: ofUser, ofUser, negated, left, right };
}

export function compare(operator: Operator, left: Node, right: Node): Node {
  const ofUser = isOfUser(left) || isOfUser(right);
  const nullable = ofUser || left.nullable || right.nullable;
  return { op: 'compare', type: bool, nullable, ofUser, operator, left, right };
}

export function inOptions(of: Node, options: readonly Node[]): Node {
  const ofUser = isOfUser(of) || options.some(isOfUser);
  return { op: 'inOptions', type: bool, nullable: ofUser, ofUser, of, options };
}

export function inList(of: Node, list: Node): Node {
  const ofUser = isOfUser(of) || isOfUser(list);
  return { op: 'inList', type: bool, nullable: ofUser || list.nullable, ofUser, of, list };
}

export const arithmetic = (operator: ArithmeticOperator, left: Node, right: Node): Node => ({
  op: 'arithmetic',
  type: left.type,
  nullable: true,
  operator,
  left,
  right,
});

export const negate = (of: Node): Node => ({ op: 'negate', type: of.type, nullable: of.nullable, of });

export const addDuration = (of: Node, by: Node, back: boolean): Node => ({
  op: 'addDuration',
  type: timestamp,
  nullable: true,
  of,
  by,
  back,
});

export const difference = (left: Node, right: Node): Node => ({
  op: 'difference',
  type: duration,
  nullable: left.nullable || right.nullable,
  left,
  right,
});

/** Null for one that would be too long. */
export const concat = (left: Node, right: Node): Node => ({
  op: 'concat',
  type: string,
  nullable: true,
  left,
  right,
});

export const text = (test: TextFunction, of: Node, part: Node): Node => ({
  op: 'text',
  type: bool,
  nullable: of.nullable || part.nullable,
  test,
  of,
  part,
});

export const lower = (of: Node): Node => ({ op: 'lower', type: string, nullable: of.nullable, of });

export const size = (of: Node): Node => ({ op: 'size', type: int, nullable: of.nullable, of });

export const quantifier = (all: boolean, over: Source, id: number, condition: Node): Node => ({
  op: 'quantifier',
  type: bool,
  nullable: 'list' in over && over.list.nullable,
  all,
  over,
  id,
  condition,
});

/** The type that a property's values have in expressions. An array of one kind is a list. */
function typeOf(of: RecordNode, property: PropertyShape): Type {
  const { type } = kinds[property.kind];
  if (type === 'id') return { kind: type, collection: property.reference?.collection ?? of.collection };
  if (type !== 'json' || property.items === undefined) return { kind: type };
  return { kind: 'list', of: { kind: kinds[property.items].elementType } };
}

/** The nodes right below, those of the records they belong to included. */
export function children(node: Node): readonly Node[] {
  switch (node.op) {
    case 'literal':
    case 'runtimeParameter':
    case 'now':
    case 'element':
    case 'signedIn':
      return [];
    case 'field':
      return node.of.op === 'dereference' ? [node.of.by] : [];
    case 'and':
    case 'or':
      return node.args;
    case 'if':
      return [node.condition, node.yes, node.no];
    case 'inOptions':
      return [node.of, ...node.options];
    case 'inList':
      return [node.of, node.list];
    case 'addDuration':
      return [node.of, node.by];
    case 'text':
      return [node.of, node.part];
    case 'quantifier':
      return 'list' in node.over ? [node.over.list, node.condition] : [node.condition];
    case 'equal':
    case 'compare':
    case 'arithmetic':
    case 'difference':
    case 'concat':
      return [node.left, node.right];
    case 'member':
    case 'read':
    case 'convert':
    case 'not':
    case 'negate':
    case 'lower':
    case 'size':
      return [node.of];
    default:
      return exhausted(node);
  }
}

/** True if null can come out of it just because nobody is signed in. */
function isOfUser(node: Node): boolean {
  if (node.op === 'field') {
    return (
      (node.of.op === 'root' && node.of.name === 'user') ||
      (node.of.op === 'dereference' && isOfUser(node.of.by))
    );
  }
  if (node.op === 'if') return isOfUser(node.yes) || isOfUser(node.no);
  if (node.op === 'quantifier') return 'list' in node.over && isOfUser(node.over.list);
  return children(node).some(isOfUser);
}
