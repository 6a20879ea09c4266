import type { JsonValue } from '#domain/json/value.ts';
import { compareText, numberTypeOf, signTests } from './arithmetic.ts';
import type { Run } from './bindings.ts';
import type { NodeOf } from './tree.ts';
import type { Type } from './type.ts';

/** A comparison of something of the user's is null when nobody is signed in. */
function guarded(ofUser: boolean, run: Run): Run {
  return ofUser ? (frame) => (frame.user === null ? null : run(frame)) : run;
}

/** Values of one type are equal if they are identical: scalars only, times in their one form. */
export function compileEqual(node: NodeOf<'equal'>, left: Run, right: Run): Run {
  const run: Run = node.negated
    ? (frame) => left(frame) !== right(frame)
    : (frame) => left(frame) === right(frame);
  return guarded(node.ofUser, run);
}

export function compileCompare(node: NodeOf<'compare'>, left: Run, right: Run): Run {
  const test = signTests[node.operator];
  const { type } = node.left;
  const compare: (left: never, right: never) => number =
    type.kind === 'string' ? compareText : (numberTypeOf(type)?.compare ?? compareAscii);
  return guarded(node.ofUser, (frame) => {
    const one = left(frame);
    if (one === null) return null;
    const other = right(frame);
    return other === null ? null : test(compare(one as never, other as never));
  });
}

/** The texts of ids and times. */
function compareAscii(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

export function compileInOptions(node: NodeOf<'inOptions'>, of: Run, options: readonly Run[]): Run {
  return guarded(node.ofUser, (frame) => {
    const value = of(frame);
    return options.some((option) => option(frame) === value);
  });
}

export function compileInList(node: NodeOf<'inList'>, of: Run, list: Run): Run {
  const read = elementReader(node.list.type);
  return guarded(node.ofUser, (frame) => {
    const elements = list(frame) as JsonValue[] | null;
    if (elements === null) return null;
    const value = of(frame);
    return elements.some((element) => read(element) === value);
  });
}

export function compileArithmetic({ type, operator }: NodeOf<'arithmetic'>, left: Run, right: Run): Run {
  const calculate = numberTypeOf(type)!.arithmetic[operator]!;
  return (frame) => {
    const one = left(frame);
    if (one === null) return null;
    const other = right(frame);
    return other === null ? null : calculate(one, other);
  };
}

/** A json value as one type: null where it is something else. */
export const readers = {
  string: (value: JsonValue): JsonValue => (typeof value === 'string' ? value : null),
  double: (value: JsonValue): JsonValue => (typeof value === 'number' ? value : null),
  bool: (value: JsonValue): JsonValue => (typeof value === 'boolean' ? value : null),
  int: (value: JsonValue): JsonValue => (Number.isSafeInteger(value) ? value : null),
};

/** Returns the reader of a list's elements; those of a literal list are used unchanged. */
export function elementReader(list: Type): (value: JsonValue) => JsonValue {
  const kind = list.kind === 'list' ? list.of.kind : 'null';
  return kind in readers ? readers[kind as keyof typeof readers] : (value) => value;
}
