import type { Node } from './tree.ts';
import type { PropertyShape, Shapes } from './shape.ts';
import type { Type } from './type.ts';

/**
 * A rule, a filter or a sort path, parsed and checked against the collections: immutable, and never wrong when it runs.
 * Made by `compileExpression` and `compilePath`; walked by `evaluate` in memory and by data/expressions/sql.ts.
 */
export interface Expression {
  /** As it was written. */
  readonly source: string;
  readonly kind: 'rule' | 'filter' | 'path';
  /** The collection that `record`, or a filter's bare names, belong to. */
  readonly collection: string;
  /** `bool` for rules and filters. */
  readonly type: Type;
  readonly tree: Node;
  /** Follows a reference or looks into a collection: it cannot be decided from the record and the user alone. */
  readonly needsDatabase: boolean;
  readonly usesPrevious: boolean;
  readonly usesUser: boolean;
  readonly usesNow: boolean;
  /** Collections whose records are reached through a reference: in filters and paths under their `read` rule. */
  readonly reads: ReadonlySet<string>;
  /** Collections that `exists` and `all` go over: in filters under their `list` rule. */
  readonly lists: ReadonlySet<string>;
  /** Every collection it depends on, its own included. */
  readonly collections: ReadonlySet<string>;
  /** Every property it depends on, as `collection.property`. */
  readonly properties: ReadonlySet<string>;
}

/** A sort key: a property of the record, or of one that a chain of references leads to (`project.name`). */
export interface Path extends Expression {
  readonly kind: 'path';
  /** The last property of the path, and the collection that declares it. */
  readonly property: PropertyShape;
  readonly target: string;
  /** Can be null: the property is not required, or a reference lies on the way. */
  readonly nullable: boolean;
}

/** Where an expression is written: which names it can see. */
export interface Scope {
  /** `rule` names `record`, and sees everything; `filter` names properties directly, and sees what its caller may read. */
  readonly kind: 'rule' | 'filter';
  readonly collection: string;
  readonly collections: Shapes;
  /** Private properties exist in filters and paths for admins only, writeOnly ones for nobody. Ignored in rules. */
  readonly admin?: boolean;
  /** `previous` is there: the rule `update`. */
  readonly previous?: boolean;
}
