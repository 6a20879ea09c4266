import type { Scope } from './expression.ts';
import type { Syntax } from './parse.ts';
import type { Node, RecordNode } from './tree.ts';

/** The meaning of a piece of syntax. Records and collections are no values: only their members are. */
export type Operand =
  | { readonly is: 'value'; readonly node: Node }
  | { readonly is: 'record'; readonly record: RecordNode }
  | { readonly is: 'collection'; readonly name: string };

/** One check under way: how the parts of the checker reach each other. */
export interface CheckContext {
  readonly scope: Scope;
  readonly source: string;
  /** The variables of the `exists` and `all` around. */
  readonly variables: ReadonlyMap<string, Operand>;
  operand(syntax: Syntax): Operand;
  /** A value; a record stands for its id. */
  value(syntax: Syntax): Node;
  /** The same for an operand that is known already; nothing is checked twice. */
  valueOf(operand: Operand, syntax: Syntax): Node;
  /** A value of type bool. `what` is the operator or function that needs it, for errors. */
  condition(syntax: Syntax, what: string): Node;
  /** The same check with one more variable, for the inside of `exists` and `all`. */
  with(variable: string, operand: Operand): CheckContext;
  /** An id for a variable, unique in the expression. */
  newId(): number;
}
