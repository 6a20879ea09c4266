import type { CheckContext, Operand } from './check-context.ts';
import { describe } from './coerce.ts';
import { ExpressionError, quoted } from './error.ts';
import { propertyOf } from './names.ts';
import { children, member } from './nodes.ts';
import { limits } from './parse.ts';
import type { Node } from './tree.ts';

/** `receiver.name`: a property of a record, of the record that a reference leads to, or a member of a json value. */
export function checkMember(receiver: Operand, name: string, position: number, context: CheckContext): Node {
  if (receiver.is === 'collection') {
    throw new ExpressionError(
      `"${receiver.name}" is a collection: use ${receiver.name}.exists(…) or ${receiver.name}.all(…).`,
      position,
    );
  }
  if (receiver.is === 'record') return propertyOf(receiver.record, name, position, context.scope);
  const { node } = receiver;
  if (node.type.kind === 'json') return member(node, name);
  if (node.type.kind !== 'id' || isOwnId(node)) {
    throw new ExpressionError(
      `There is no ${quoted(name)} here: ${describe(node.type)} has no members.`,
      position,
    );
  }
  if (referencesFollowed(node) >= limits.references) {
    throw new ExpressionError(`A path may follow at most ${limits.references} references.`, position);
  }
  const target = propertyOf(
    { op: 'dereference', by: node, collection: node.type.collection },
    name,
    position,
    context.scope,
  );
  // Every reference leads to a record, so in rules, which see them all, the target's id is the reference itself.
  return name === 'id' && context.scope.kind === 'rule' ? node : target;
}

/** How many references in a row lead to a value. */
function referencesFollowed(node: Node): number {
  const before = Math.max(0, ...children(node).map(referencesFollowed));
  return node.op === 'field' && node.of.op === 'dereference' ? before + 1 : before;
}

const isOwnId = (node: Node): boolean => node.op === 'field' && node.property.kind === 'uuid';
