import { bypassesRules } from '#domain/access/principal.ts';
import type { RuleName } from '#domain/collections/definition.ts';
import { isObject } from '#domain/json/value.ts';
import type { CompiledCollections } from './compiled-collections.ts';
import type { Beneficiary } from './demand.ts';

type Method = 'POST' | 'PATCH' | 'PUT' | 'DELETE';

const rulesOfMethod: Readonly<Record<Method, readonly RuleName[]>> = {
  POST: ['create'],
  PATCH: ['read', 'update'],
  PUT: ['read', 'create', 'update'],
  DELETE: ['read', 'delete'],
};
const methodOfKind = { create: 'POST', update: 'PATCH', replace: 'PUT', delete: 'DELETE' } as const;

/**
 * Whether rules that decide about a write look at other records. Such a write is serializable: else two writes that
 * each rely on records that the other changes could both be allowed.
 */
export function looksAtOthers(
  collections: CompiledCollections,
  { principal, operation }: Beneficiary,
): boolean {
  if (operation === undefined || bypassesRules(principal)) return false;
  if (operation.kind === 'batch')
    return itemsIn(operation.body).some(([method, name]) => doRulesLook(collections, method, name));
  return (
    operation.kind in methodOfKind &&
    doRulesLook(collections, methodOfKind[operation.kind as keyof typeof methodOfKind], operation.collection)
  );
}

function doRulesLook(collections: CompiledCollections, method: Method, name: string): boolean {
  if (!collections.has(name)) return false;
  const { rules } = collections.get(name).collection;
  return rulesOfMethod[method].some((rule) => rules[rule]?.needsDatabase === true);
}

/** The writes in an unchecked batch. Malformed operations are left out here and refused when the batch is read. */
function itemsIn(body: unknown): [Method, string][] {
  const items: unknown = isObject(body) ? body.operations : undefined;
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown): [Method, string][] => {
    if (!isObject(item) || typeof item.path !== 'string' || typeof item.method !== 'string') return [];
    const [, name] = /^\/v1\/([^/?]+)/.exec(item.path) ?? [];
    return name !== undefined && item.method in rulesOfMethod ? [[item.method as Method, name]] : [];
  });
}
