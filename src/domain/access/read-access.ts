import type { Model } from '#domain/collections/model.ts';
import { decided, specialise } from '#domain/expressions/specialise.ts';
import type { Bindings } from '#domain/expressions/bindings.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { bypassesRules, type Principal } from './principal.ts';

/** The rule that decides: `list` for lists, counts, search and `exists`; `read` for one record, expand and references. */
export type ReadRule = 'list' | 'read';

/** The records that one principal may read at one moment. */
export interface ReadAccess {
  readonly admin: boolean;
  readonly bindings: Bindings;
  /** The records of a collection that a rule lets them read: all (true), none (false), or those that meet a condition. */
  condition(collection: string, rule: ReadRule): Expression | boolean;
}

/** Admins read everything; for others a missing rule lets nothing be read. */
export function readAccessOf(model: Model, principal: Principal, now: Date): ReadAccess {
  const bindings = { user: principal.user, now };
  return {
    admin: bypassesRules(principal),
    bindings,
    condition(collection, ruleName) {
      if (bypassesRules(principal)) return true;
      const rule = model.collections.get(collection)?.rules[ruleName];
      if (rule === undefined) return false;
      const { expression } = specialise(rule, bindings);
      return decided(expression) ?? expression;
    },
  };
}
