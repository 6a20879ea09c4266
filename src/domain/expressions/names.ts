import { nearMiss } from '#domain/near-miss.ts';
import type { CheckContext, Operand } from './check-context.ts';
import { ExpressionError, quoted } from './error.ts';
import type { Scope } from './expression.ts';
import { field, now } from './nodes.ts';
import { type CollectionShape, type PropertyShape, isReadable } from './shape.ts';
import type { Node, RecordNode } from './tree.ts';

/**
 * Resolves a bare name, from the inside out: a variable, a property (in filters), `record`, `previous`, `user`, `now`,
 * a collection. Throws ExpressionError for any other name, and in the same words for one that the caller may not see.
 */
export function resolveName(name: string, position: number, context: CheckContext): Operand {
  const found = lookUp(name, context);
  if (found !== undefined) return found;
  if (name === 'previous' && context.scope.kind === 'rule') {
    throw new ExpressionError('"previous" is there in the rule "update" only.', position);
  }
  throw new ExpressionError(`Unknown name ${quoted(name)}.`, position, meantBy(name, context));
}

/** In a rule, a property's name alone is the likeliest slip. */
function meantBy(name: string, context: CheckContext): string | undefined {
  const { kind, collection, collections } = context.scope;
  if (kind === 'rule' && collections.get(collection)?.properties.has(name) === true) return `record.${name}`;
  return nearMiss(name, namesInScope(context));
}

/** The meaning of a name, or undefined where it has none. */
export function lookUp(name: string, { scope, variables }: CheckContext): Operand | undefined {
  const variable = variables.get(name);
  if (variable !== undefined) return variable;
  const record: RecordNode = { op: 'root', name: 'record', collection: scope.collection };
  if (scope.kind === 'filter') {
    const property = visibleProperty(scope.collection, name, scope);
    if (property !== undefined) return { is: 'value', node: field(record, property) };
  }
  if (name === 'record') return { is: 'record', record };
  if (name === 'previous' && hasPrevious(scope))
    return { is: 'record', record: { ...record, name: 'previous' } };
  if (name === 'user' && scope.collections.has('users')) return { is: 'record', record: userNode };
  if (name === 'now') return { is: 'value', node: now };
  return scope.collections.has(name) ? { is: 'collection', name } : undefined;
}

const userNode: RecordNode = { op: 'root', name: 'user', collection: 'users' };

const hasPrevious = (scope: Scope): boolean => scope.kind === 'rule' && scope.previous === true;

function namesInScope({ scope, variables }: CheckContext): string[] {
  const own = scope.kind === 'filter' ? visibleNames(scope.collection, scope) : [];
  const roots = hasPrevious(scope) ? ['record', 'previous', 'user', 'now'] : ['record', 'user', 'now'];
  return [...variables.keys(), ...own, ...roots, ...scope.collections.keys()];
}

/** `record.name`. Throws ExpressionError for a property that does not exist, or not for this caller. */
export function propertyOf(record: RecordNode, name: string, position: number, scope: Scope): Node {
  const property = visibleProperty(record.collection, name, scope);
  if (property !== undefined) return field(record, property);
  const hint = nearMiss(name, visibleNames(record.collection, scope));
  throw new ExpressionError(`"${record.collection}" has no property ${quoted(name)}.`, position, hint);
}

function visibleProperty(collection: string, name: string, scope: Scope): PropertyShape | undefined {
  const property = shapeOf(collection, scope)?.properties.get(name);
  return property !== undefined && isInScope(property, scope) ? property : undefined;
}

function visibleNames(collection: string, scope: Scope): string[] {
  const properties = [...(shapeOf(collection, scope)?.properties.values() ?? [])];
  return properties.filter((property) => isInScope(property, scope)).map((property) => property.name);
}

function shapeOf(collection: string, scope: Scope): CollectionShape | undefined {
  return scope.collections.get(collection);
}

const isInScope = (property: PropertyShape, scope: Scope): boolean =>
  scope.kind === 'rule' || isReadable(property, scope.admin === true);
