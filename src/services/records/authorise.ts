import { isCreatable } from '#domain/collections/built-in/users.ts';
import type { RuleName } from '#domain/collections/definition.ts';
import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { compilePredicate } from '#domain/expressions/evaluate.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { Principal } from '#domain/access/principal.ts';
import type { ExecuteOptions, ReadContext, WriteContext } from './context.ts';

type WriteRule = Extract<RuleName, 'create' | 'update' | 'delete'>;

/** 405 for `users`: people register, or Plinth itself creates them. It applies to every door and way of creating. */
export function refuseUncreatable({ name }: Collection, { principal, isAuthorised }: ExecuteOptions): void {
  if (isCreatable(name) || isAuthorised === true || principal.role === 'system') return;
  throw new Problem('method_not_allowed', {
    detail: 'People register, or are created by the command line',
    allow: ['GET', 'HEAD', 'OPTIONS'],
  });
}

/** Refuses a new record where the create rule refuses every record: then its body need not be looked at. */
export function refuseOutright(
  { compiled, access }: Pick<ReadContext, 'compiled' | 'access'>,
  { principal, isAuthorised }: ExecuteOptions,
): void {
  if (access.admin || isAuthorised === true) return;
  const rule = compiled.collection.rules.create;
  const isRefused = rule === undefined || decided(specialise(rule, access.bindings).expression) === false;
  if (isRefused) throw denied(principal);
}

/**
 * Refuses a write unless its rule holds for the record, as it is or would be. `previous` is the stored record, for the
 * rule `update`. Throws `unauthenticated` or `forbidden`.
 */
export async function authorise(
  write: WriteContext,
  name: WriteRule,
  record: StoredRecord,
  previous?: StoredRecord,
): Promise<void> {
  if (name === 'create' && write.options.isAuthorised === true) return;
  if (!(await permits(write, name, record, previous))) throw denied(write.principal);
}

async function permits(
  { context, compiled: { collection }, reader, access }: ReadContext,
  name: WriteRule,
  record: StoredRecord,
  previous: StoredRecord | undefined,
): Promise<boolean> {
  const { admin, bindings } = access;
  if (admin) return true;
  const rule = collection.rules[name];
  if (rule === undefined) return false;
  if (!rule.needsDatabase) {
    const stage = previous === undefined ? { ...bindings, record } : { ...bindings, record, previous };
    return compilePredicate(rule)(stage);
  }
  const { expression } = specialise(rule, bindings);
  return (
    decided(expression) ?? context.stored.holds(reader, collection, { rule: expression, bindings, record })
  );
}

/** To sign in, or that it is not for them. */
function denied({ role }: Principal): Problem {
  if (role === 'anonymous') return new Problem('unauthenticated');
  return new Problem('forbidden', { detail: 'The rules of this collection do not allow it' });
}

/** The record of that id, if the principal may read it: a malformed id, or a record that it may not, finds nothing. */
export async function findReadable(
  { context: { stored }, compiled: { collection }, reader, access }: ReadContext,
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
