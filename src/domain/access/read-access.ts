import type { Model } from '#domain/collections/model.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { bypassesRules, type Principal } from './principal.ts';

/** `list`: lists, counts, search, collections under `exists`. `read`: a single record, expand, hops of a path. */
export type ReadRule = 'list' | 'read';

/** What one caller may see at one moment. */
export interface ReadAccess {
  readonly admin: boolean;
  readonly bindings: Bindings;
  /** Which records of a collection are there for the caller: all, none, or those for which the condition holds. */
  condition(collection: string, door: ReadRule): Expression | boolean;
}

/** Admins see everything; for others a missing rule means nothing. */
export function readAccessOf(model: Model, principal: Principal, now: Date): ReadAccess {
  const bindings = { user: principal.user, now };
  return {
    admin: bypassesRules(principal),
    bindings,
    condition(collection, door) {
      if (bypassesRules(principal)) return true;
      const rule = model.collections.get(collection)?.rules[door];
      if (rule === undefined) return false;
      const { expression } = specialise(rule, bindings);
      return decided(expression) ?? expression;
    },
  };
}
