import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import type { RuleName } from '#domain/collections/definition.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { compilePredicate } from '#domain/expressions/evaluate.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import { Problem } from '#domain/errors/problem.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { RecordsContext, RequestContext, CompiledCollection } from './context.ts';

type WriteRule = Extract<RuleName, 'create' | 'update' | 'delete'>;

/** What a caller is told who may not write: to sign in, or that it is not for them. */
export function denied(principal: Principal): Problem {
  if (principal.user === null && !bypassesRules(principal)) return new Problem('unauthenticated');
  return new Problem('forbidden', { detail: 'The rules of this collection do not allow it' });
}

/** Whether a rule lets the caller write a record, as it is or would be. `previous` is what is stored, in `update`. */
export async function permits(
  { stored }: RecordsContext,
  { collection }: CompiledCollection,
  { reader, principal, access: { bindings } }: RequestContext,
  name: WriteRule,
  record: StoredRecord,
  previous?: StoredRecord,
): Promise<boolean> {
  if (bypassesRules(principal)) return true;
  const rule = collection.rules[name];
  if (rule === undefined) return false;
  if (!rule.needsDatabase) {
    const stage = previous === undefined ? { ...bindings, record } : { ...bindings, record, previous };
    return compilePredicate(rule)(stage);
  }
  const { expression } = specialise(rule, bindings);
  return decided(expression) ?? stored.holds(reader, collection, { rule: expression, bindings, record });
}

/** Whether a rule refuses the caller whatever the record is: then the body need not be looked at. */
export function isRefusedOutright(
  { collection }: CompiledCollection,
  { principal, access }: RequestContext,
  name: WriteRule,
): boolean {
  if (bypassesRules(principal)) return false;
  const rule = collection.rules[name];
  return rule === undefined || decided(specialise(rule, access.bindings).expression) === false;
}

/** The record of that id, if it is there for the caller: an id that is none, or not theirs to read, finds nothing. */
export async function findReadable(
  { stored }: RecordsContext,
  { collection }: CompiledCollection,
  { reader, access }: RequestContext,
  id: string,
  options: { readonly forChange: boolean },
): Promise<StoredRecord | undefined> {
  const rule = access.condition(collection.name, 'read');
  const wanted = parseUuid(id);
  if (rule === false || wanted === undefined) return undefined;
  const { bindings } = access;
  if (rule === true || rule.needsDatabase)
    return stored.find(reader, collection, wanted, { ...options, rule, bindings });
  const record = await stored.find(reader, collection, wanted, options);
  return record !== undefined && compilePredicate(rule)({ ...bindings, record }) ? record : undefined;
}
