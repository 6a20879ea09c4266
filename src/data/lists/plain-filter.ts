import type { JsonValue } from '#domain/json/value.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import type { Node, NodeOf } from '#domain/expressions/tree.ts';
import { Placeholder } from '../statements/template.ts';
import { Memo } from '#domain/memo.ts';
import { isIdText } from '../expressions/comparisons.ts';

/**
 * A filter that compares properties of the record itself with values that are written out, as most do. Its SQL depends
 * on its form alone, so filters that differ in values share one statement.
 */
export interface PlainFilter {
  /** The filter without its values. Equal forms, within a collection, have equal SQL. */
  readonly form: string;
  /** The values of the placeholders. */
  readonly values: Readonly<Record<string, JsonValue>>;
  /** The filter with a placeholder for each value. */
  withPlaceholders(): Expression;
}

const known = new Memo<Expression, PlainFilter | null>();

/** Undefined for a filter that does more than compare: it is a form of its own. `filter` is specialised. */
export function plainFilterOf(filter: Expression): PlainFilter | undefined {
  let plain = known.get(filter);
  if (plain === undefined) {
    const values: JsonValue[] = [];
    const form = formOf(filter.tree, values);
    plain = form === undefined ? null : plainFilter(filter, form, values);
    known.set(filter, plain);
  }
  return plain ?? undefined;
}

function plainFilter(filter: Expression, form: string, values: readonly JsonValue[]): PlainFilter {
  return {
    form,
    values: Object.fromEntries(values.map((value, index) => [placeholderName(index), value])),
    withPlaceholders() {
      let next = 0;
      return { ...filter, tree: replaced(filter.tree, () => next++) };
    },
  };
}

const placeholderName = (index: number): string => `filter${index}`;

/** A key of the node's SQL without its values; `values` collects those, in the order of `slotted`. */
function formOf(node: Node, values: JsonValue[]): string | undefined {
  switch (node.op) {
    case 'and':
    case 'or':
      return formOfAll(node.op, node.args, values);
    case 'not':
      return formOfAll('not', [node.of], values);
    case 'convert':
      return formOfAll(node.type.kind, [node.of], values);
    case 'equal':
      return formOfAll(node.negated ? '!=' : '==', [node.left, node.right], values);
    case 'compare':
      return formOfAll(node.operator, [node.left, node.right], values);
    case 'inOptions':
      return formOfAll('in', [node.of, ...node.options], values);
    case 'field':
      return node.of.op === 'root' && node.of.name === 'record' ? `.${node.property.name}` : undefined;
    case 'literal':
      return formOfLiteral(node, values);
    default:
      return undefined;
  }
}

function formOfAll(name: string, nodes: readonly Node[], values: JsonValue[]): string | undefined {
  let form = `${name}(`;
  for (const node of nodes) {
    const part = formOf(node, values);
    if (part === undefined) return undefined;
    form += `${part} `;
  }
  return `${form})`;
}

/** Null, true and false are words of the SQL, and a text that is no id is never equal to one. */
function formOfLiteral({ type, value }: NodeOf<'literal'>, values: JsonValue[]): string | undefined {
  if (value === null || typeof value === 'boolean') return `${type.kind}:${value}`;
  if (typeof value === 'object') return undefined;
  values.push(value);
  return isIdText(value) ? `${type.kind}?id` : `${type.kind}?`;
}

function replaced(node: Node, next: () => number): Node {
  switch (node.op) {
    case 'and':
    case 'or':
      return { ...node, args: node.args.map((arg) => replaced(arg, next)) };
    case 'not':
    case 'convert':
      return { ...node, of: replaced(node.of, next) };
    case 'equal':
    case 'compare':
      return { ...node, left: replaced(node.left, next), right: replaced(node.right, next) };
    case 'inOptions':
      return {
        ...node,
        of: replaced(node.of, next),
        options: node.options.map((option) => replaced(option, next)),
      };
    case 'literal':
      return node.value === null || typeof node.value === 'boolean'
        ? node
        : { ...node, value: placeholderFor(node.value, next()) };
    default:
      return node;
  }
}

/** Only the back end sees these trees; there a placeholder goes among the parameters as any value does. */
function placeholderFor(value: JsonValue, index: number): JsonValue {
  return new Placeholder(placeholderName(index), { isId: isIdText(value) }) as unknown as JsonValue;
}
