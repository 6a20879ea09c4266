import type { ReadRule } from '#domain/access/read-access.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import type { QueryScope } from './property-names.ts';
import type { Expansion } from './expand.ts';
import type { ListQuery, RecordQuery } from './list-query.ts';

/** The dependencies of a response besides its query: a cached one is used only while all of them are the same. */
export interface Dependencies {
  /** The collections whose records it may be made from. */
  readonly collections: ReadonlySet<string>;
  /** A value of the user's record decides on it: it may differ from user to user. */
  readonly usesUser: boolean;
  /** The clock decides on it: it may change without any write. */
  readonly usesNow: boolean;
}

/** The dependencies of a list: its rule, filter, order and expansions, and the read rules of all they lead to. */
export function dependenciesOfList({ filter, sort, expand }: ListQuery, scope: QueryScope): Dependencies {
  const dependencies = new DependencyCollector(scope);
  dependencies.enter(scope.collection.name, 'list');
  for (const expression of [...(filter === undefined ? [] : [filter]), ...sort.map(({ path }) => path)])
    dependencies.addQuery(expression);
  dependencies.addExpansions(expand);
  return dependencies;
}

/** The dependencies of a single record: its read rule, its expansions and the read rules of all they lead to. */
export function dependenciesOfRecord({ expand }: RecordQuery, scope: QueryScope): Dependencies {
  const dependencies = new DependencyCollector(scope);
  dependencies.enter(scope.collection.name, 'read');
  dependencies.addExpansions(expand);
  return dependencies;
}

class DependencyCollector implements Dependencies {
  readonly collections = new Set<string>();
  usesUser = false;
  usesNow = false;
  readonly #scope: QueryScope;

  constructor(scope: QueryScope) {
    this.#scope = scope;
  }

  /** Adds the records of a collection that a rule lets the caller read, and the dependencies of the rule. */
  enter(name: string, ruleName: ReadRule): void {
    this.collections.add(name);
    const { model, admin } = this.#scope;
    const rule = admin ? undefined : model.collections.get(name)?.rules[ruleName];
    if (rule !== undefined) this.#add(rule);
  }

  /** Adds a filter or a sort path: it reaches other collections under their read rules. */
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

  /** The user's own record is not added: cached responses are kept apart by its values. */
  #add({ reads, lists, usesUser, usesNow }: Expression): void {
    for (const name of [...reads, ...lists]) this.collections.add(name);
    this.usesUser ||= usesUser;
    this.usesNow ||= usesNow;
  }
}
