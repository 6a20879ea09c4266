import { exhausted } from '#domain/exhausted.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import { midnight } from '#domain/kinds/date.ts';
import { between, lowerAscii, numberTypeOf, shifted, textLength, textTests } from './arithmetic.ts';
import type { RecordValues, Frame, Run } from './bindings.ts';
import {
  compileInOptions,
  compileArithmetic,
  compileCompare,
  compileEqual,
  compileInList,
  elementReader,
  readers,
} from './compile-operators.ts';
import { concatenated } from './concatenation.ts';
import type { FunctionNode, Node, NodeOf, RecordNode } from './tree.ts';
import type { Type } from './type.ts';

/** Turns a tree into closures: the in-memory back end. Null is null, never undefined. */
export function compile(node: Node): Run {
  switch (node.op) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'runtimeParameter':
      return (frame) => node.value(frame.bindings);
    case 'now':
      return (frame) => frame.bindings.now.toISOString();
    case 'signedIn':
      return node.negated ? (frame) => frame.user === null : (frame) => frame.user !== null;
    case 'field':
      return compileField(node);
    case 'element':
      return (frame) => frame.elements[node.id]!;
    case 'and':
    case 'or':
      return compileJunction(node);
    case 'not':
      return strict(compile(node.of), (value) => value !== true);
    case 'if': {
      const [condition, yes, no] = [compile(node.condition), compile(node.yes), compile(node.no)];
      return (frame) => (condition(frame) === true ? yes(frame) : no(frame));
    }
    case 'equal':
      return compileEqual(node, compile(node.left), compile(node.right));
    case 'compare':
      return compileCompare(node, compile(node.left), compile(node.right));
    case 'inOptions':
      return compileInOptions(node, compile(node.of), node.options.map(compile));
    case 'inList':
      return compileInList(node, compile(node.of), compile(node.list));
    case 'arithmetic':
      return compileArithmetic(node, compile(node.left), compile(node.right));
    case 'quantifier':
      return compileQuantifier(node);
    default:
      return compileFunction(node);
  }
}

function compileFunction(node: FunctionNode): Run {
  switch (node.op) {
    case 'member':
      return strict(compile(node.of), (value) => memberOf(value, node.keys));
    case 'read':
      return strict(compile(node.of), readers[node.type.kind as keyof typeof readers]);
    case 'convert':
      return strict(compile(node.of), conversionTo(node.type));
    case 'negate':
      return strict(compile(node.of), numberTypeOf(node.type)!.negate);
    case 'addDuration':
      return strictPair(compile(node.of), compile(node.by), (value, by) =>
        shifted(value as string, node.back ? -(by as number) : (by as number)),
      );
    case 'difference':
      return strictPair(compile(node.left), compile(node.right), (left, right) =>
        between(left as string, right as string),
      );
    case 'concat':
      return strictPair(compile(node.left), compile(node.right), (left, right) =>
        concatenated(left as string, right as string),
      );
    case 'text': {
      const test = textTests[node.test];
      return strictPair(compile(node.of), compile(node.part), (value, part) =>
        test(value as string, part as string),
      );
    }
    case 'lower':
      return strict(compile(node.of), (value) => lowerAscii(value as string));
    case 'size':
      return strict(compile(node.of), (value) =>
        Array.isArray(value) ? value.length : textLength(value as string),
      );
    default:
      return exhausted(node);
  }
}

/** From an int to another type of numbers, from a date to a timestamp, from an id to its text. */
function conversionTo(type: Type): (value: NonNullable<JsonValue>) => JsonValue {
  if (type.kind === 'timestamp') return (day) => midnight(day as string);
  const fromInt = numberTypeOf(type)?.fromInt;
  return fromInt === undefined ? (value) => value : (value) => fromInt(value as number);
}

function strict(run: Run, apply: (value: Exclude<JsonValue, null>) => JsonValue): Run {
  return (frame) => {
    const value = run(frame);
    return value === null ? null : apply(value);
  };
}

function strictPair(left: Run, right: Run, apply: (left: JsonValue, right: JsonValue) => JsonValue): Run {
  return (frame) => {
    const one = left(frame);
    if (one === null) return null;
    const other = right(frame);
    return other === null ? null : apply(one, other);
  };
}

function memberOf(value: JsonValue, keys: readonly string[]): JsonValue {
  let found: JsonValue = value;
  for (const key of keys) {
    if (found === null || typeof found !== 'object' || Array.isArray(found) || !Object.hasOwn(found, key))
      return null;
    found = found[key]!;
  }
  return found;
}

function compileField({ of, property, type }: NodeOf<'field'>): Run {
  const record = compileRecord(of);
  const { name } = property;
  const read = type.kind === 'list' ? arrayOrNull : kinds[property.kind].inExpressions;
  const inherited = name in Object.prototype;
  return (frame) => {
    const values = record(frame);
    if (values === null || values === undefined || (inherited && !Object.hasOwn(values, name))) return null;
    const value = values[name] ?? null;
    return read === undefined || value === null ? value : read(value);
  };
}

const arrayOrNull = (value: JsonValue): JsonValue => (Array.isArray(value) ? value : null);

function compileRecord(node: RecordNode): (frame: Frame) => RecordValues | null | undefined {
  if (node.op === 'variable') return (frame) => frame.records[node.id];
  if (node.op === 'dereference') {
    const by = compile(node.by);
    return (frame) => {
      const id = by(frame);
      return id === null ? null : frame.world.byId(node.collection, id as string);
    };
  }
  const { name } = node;
  if (name === 'record') return (frame) => frame.record;
  return name === 'user' ? (frame) => frame.user : (frame) => frame.previous;
}

/** Three-valued: the deciding value wins, then null. */
function compileJunction(node: NodeOf<'and' | 'or'>): Run {
  const args = node.args.map(compile);
  const deciding = node.op === 'or';
  return (frame) => {
    let result: boolean | null = !deciding;
    for (const arg of args) {
      const value = arg(frame);
      if (value === deciding) return deciding;
      if (value === null) result = null;
    }
    return result;
  };
}

/** True or false, by the elements that the condition holds for; null only for a list that is null. */
function compileQuantifier({ over, all, id, condition: body }: NodeOf<'quantifier'>): Run {
  const condition = compile(body);
  if ('collection' in over) {
    return (frame) => {
      for (const record of frame.world.all(over.collection)) {
        frame.records[id] = record;
        if ((condition(frame) === true) !== all) return !all;
      }
      return all;
    };
  }
  const list = compile(over.list);
  const read = elementReader(over.list.type);
  return (frame) => {
    const values = list(frame) as JsonValue[] | null;
    if (values === null) return null;
    for (const value of values) {
      frame.elements[id] = read(value);
      if ((condition(frame) === true) !== all) return !all;
    }
    return all;
  };
}
