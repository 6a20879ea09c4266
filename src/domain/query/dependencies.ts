import type { ReadRule } from '#domain/access/read-access.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import type { QueryScope } from './property-names.ts';
import type { Expansion } from './expand.ts';
import type { ListQuery, RecordQuery } from './list-query.ts';

/** What an answer is made from, besides the query: whoever keeps it has to know when it is no longer true, and for whom. */
export interface Dependencies {
  readonly collections: ReadonlySet<string>;
  /** It may differ from caller to caller. */
  readonly usesUser: boolean;
  /** It may become another one by time alone. */
  readonly usesNow: boolean;
}

/** The reach of a list: its rule, filter, order and what is expanded, each with the rules it stands under. */
export function dependenciesOfList({ filter, sort, expand }: ListQuery, scope: QueryScope): Dependencies {
  const reach = new DependencyCollector(scope);
  reach.enter(scope.collection.name, 'list');
  for (const expression of [...(filter === undefined ? [] : [filter]), ...sort.map(({ path }) => path)])
    reach.addQuery(expression);
  reach.addExpansions(expand);
  return reach;
}

/** The reach of a single record. */
export function dependenciesOfRecord({ expand }: RecordQuery, scope: QueryScope): Dependencies {
  const reach = new DependencyCollector(scope);
  reach.enter(scope.collection.name, 'read');
  reach.addExpansions(expand);
  return reach;
}

class DependencyCollector implements Dependencies {
  readonly collections = new Set<string>();
  usesUser = false;
  usesNow = false;
  readonly #scope: QueryScope;

  constructor(scope: QueryScope) {
    this.#scope = scope;
  }

  /** Records of a collection, as far as a door lets the caller see them. */
  enter(name: string, door: ReadRule): void {
    this.collections.add(name);
    const { model, admin } = this.#scope;
    const rule = admin ? undefined : model.collections.get(name)?.rules[door];
    if (rule !== undefined) this.#add(rule);
  }

  /** What a caller wrote: it sees of every collection only what its caller may see there. */
  addQuery(expression: Expression): void {
    this.#add(expression);
    for (const name of expression.reads) this.enter(name, 'read');
    for (const name of expression.lists) this.enter(name, 'list');
  }

  addExpansions(expansions: readonly Expansion[]): void {
    for (const { target, children } of expansions) {
      this.enter(target, 'read');
      this.addExpansions(children);
    }
  }

  /** The record of the user is not among the collections: whoever keeps answers keeps them apart by its values. */
  #add({ reads, lists, usesUser, usesNow }: Expression): void {
    for (const name of [...reads, ...lists]) this.collections.add(name);
    this.usesUser ||= usesUser;
    this.usesNow ||= usesNow;
  }
}
