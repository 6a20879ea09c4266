import type { ValueType } from '#domain/kinds/kind.ts';

/** Types of values that fit in one column. `id` is a record's id: a reference, or the system property `id`. */
export type ScalarKind = Exclude<ValueType, 'json'> | 'duration';

/**
 * The type of an expression. `null` is only the literal; every other type has null among its values.
 * `json` is a value whose type is not declared: it is read as the type of the other operand, and is null if it has
 * another type.
 */
export type Type =
  | { readonly kind: Exclude<ScalarKind, 'id'> | 'json' | 'null' }
  | { readonly kind: 'id'; readonly collection: string }
  | { readonly kind: 'list'; readonly of: ElementType };

/** The type of a list's elements: `null` for the empty list. */
export type ElementType = Exclude<Type, { readonly kind: 'list' }>;

export const bool: Type = { kind: 'bool' };
export const int: Type = { kind: 'int' };
export const double: Type = { kind: 'double' };
export const string: Type = { kind: 'string' };
export const timestamp: Type = { kind: 'timestamp' };
export const date: Type = { kind: 'date' };
export const duration: Type = { kind: 'duration' };
