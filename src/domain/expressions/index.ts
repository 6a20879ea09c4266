export { compileExpression, compilePath } from './check.ts';
export { ExpressionError } from './error.ts';
export { compilePredicate, evaluate, type Predicate } from './evaluate.ts';
export { decided, specialise, type Specialised } from './specialise.ts';
export type { Bindings, RecordBindings, RecordValues, World } from './bindings.ts';
export type { Expression, Path, Scope } from './expression.ts';
export type { CollectionShape, PropertyShape, Shapes, ValueKind } from './shape.ts';
export type { Node, NodeOf, RecordNode } from './tree.ts';
export type { ElementType, ScalarKind, Type } from './type.ts';
