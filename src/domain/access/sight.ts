import type { Model } from '#domain/collections/model.ts';
import { decided, specialise, type Bindings, type Expression } from '#domain/expressions/index.ts';
import type { Caller } from './caller.ts';

/** `list`: lists, counts, search, collections under `exists`. `read`: a single record, expand, hops of a path. */
export type Door = 'list' | 'read';

/** What one caller may see at one moment. */
export interface Sight {
  readonly admin: boolean;
  readonly bindings: Bindings;
  /** Which records of a collection are there for the caller: all, none, or those for which the condition holds. */
  visible(collection: string, door: Door): Expression | boolean;
}

/** Admins see everything; for others a missing rule means nothing. */
export function sightOf(model: Model, caller: Caller, now: Date): Sight {
  const bindings = { user: caller.user, now };
  return {
    admin: caller.admin,
    bindings,
    visible(collection, door) {
      if (caller.admin) return true;
      const rule = model.collections.get(collection)?.rules[door];
      if (rule === undefined) return false;
      const { expression } = specialise(rule, bindings);
      return decided(expression) ?? expression;
    },
  };
}
