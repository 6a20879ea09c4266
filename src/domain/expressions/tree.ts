import type { JsonValue } from '#domain/json/value.ts';
import type { Bindings } from './bindings.ts';
import type { PropertyShape } from './shape.ts';
import type { Type } from './type.ts';

/**
 * The typed tree that both back ends walk. Operands already have one common type: where the source mixes types, the
 * checker has put `convert` and `read` nodes. Nodes are made in nodes.ts, which derives `nullable`.
 */

/** A record, wherever it comes from. Not a value: only its properties are. */
export type RecordNode =
  | { readonly op: 'root'; readonly name: 'record' | 'previous' | 'user'; readonly collection: string }
  /** The variable of `exists` or `all` over a collection; `id` is unique within the expression. */
  | { readonly op: 'variable'; readonly id: number; readonly collection: string }
  /** The record that a reference leads to; none where it is null, or the caller may not read it. */
  | { readonly op: 'dereference'; readonly by: Node; readonly collection: string };

export type Operator = '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
export type TextFunction = 'startsWith' | 'endsWith' | 'contains';

interface Typed {
  readonly type: Type;
  readonly nullable: boolean;
}

/** A comparison. With `ofUser` it is null for anonymous callers, because a value of their `user` is compared. */
interface Comparison {
  readonly ofUser: boolean;
}

export type Node = Typed &
  /** `digits` is a number as it is written in the source: beside a decimal it is read as one. */
  (
    | { readonly op: 'literal'; readonly value: JsonValue; readonly digits?: string }
    /** A value known, and not null, when the expression runs: `specialise` puts it in place of record-free nodes. */
    | { readonly op: 'runtimeParameter'; readonly value: (bindings: Bindings) => JsonValue }
    | { readonly op: 'now' }
    | { readonly op: 'field'; readonly of: RecordNode; readonly property: PropertyShape }
    /** The variable of `exists` or `all` over a list. */
    | { readonly op: 'element'; readonly id: number }
    /** A member of a json value, type `json`. */
    | { readonly op: 'member'; readonly of: Node; readonly keys: readonly string[] }
    /** A json value as a string, double or bool: null where it is something else. */
    | { readonly op: 'read'; readonly of: Node }
    /** int → double or decimal, id → string, date → timestamp (midnight UTC). */
    | { readonly op: 'convert'; readonly of: Node }
    | { readonly op: 'and' | 'or'; readonly args: readonly Node[] }
    | { readonly op: 'not'; readonly of: Node }
    | { readonly op: 'if'; readonly condition: Node; readonly yes: Node; readonly no: Node }
    /** `user != null`, or negated `user == null`. */
    | { readonly op: 'signedIn'; readonly negated: boolean }
    | ({
        readonly op: 'equal';
        readonly negated: boolean;
        readonly left: Node;
        readonly right: Node;
      } & Comparison)
    | ({
        readonly op: 'compare';
        readonly operator: Operator;
        readonly left: Node;
        readonly right: Node;
      } & Comparison)
    /** `of == option` for one of the options. */
    | ({ readonly op: 'inOptions'; readonly of: Node; readonly options: readonly Node[] } & Comparison)
    /** `of == element` for one of the list's elements; null when the list is. */
    | ({ readonly op: 'inList'; readonly of: Node; readonly list: Node } & Comparison)
    /** On two ints, two doubles, two decimals (`+`, `-`, `*`) or (`+`, `-`) two durations. */
    | {
        readonly op: 'arithmetic';
        readonly operator: ArithmeticOperator;
        readonly left: Node;
        readonly right: Node;
      }
    | { readonly op: 'negate'; readonly of: Node }
    /** A timestamp moved by a duration. */
    | { readonly op: 'addDuration'; readonly of: Node; readonly by: Node; readonly back: boolean }
    /** The duration between two timestamps. */
    | { readonly op: 'difference'; readonly left: Node; readonly right: Node }
    | { readonly op: 'concat'; readonly left: Node; readonly right: Node }
    | { readonly op: 'text'; readonly test: TextFunction; readonly of: Node; readonly part: Node }
    | { readonly op: 'lower'; readonly of: Node }
    /** Code points of a string, elements of a list. */
    | { readonly op: 'size'; readonly of: Node }
    | {
        readonly op: 'quantifier';
        readonly all: boolean;
        readonly over: Source;
        readonly id: number;
        readonly condition: Node;
      }
  );

/** The elements that `exists` and `all` go over. */
export type Source = { readonly list: Node } | { readonly collection: string };

export type NodeOf<Op extends Node['op']> = Extract<Node, { readonly op: Op }>;

/** The nodes that are null as soon as an operand is null, and are neither comparisons nor arithmetic. */
export type FunctionNode = NodeOf<
  | 'member'
  | 'read'
  | 'convert'
  | 'negate'
  | 'addDuration'
  | 'difference'
  | 'concat'
  | 'text'
  | 'lower'
  | 'size'
>;
