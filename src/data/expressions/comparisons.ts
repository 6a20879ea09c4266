import { sql } from 'kysely';
import type { Node, NodeOf } from '#domain/expressions/tree.ts';
import { Placeholder } from '../statements/template.ts';
import { isStoredUuid } from '#domain/kinds/uuid.ts';
import { progressMark } from '../statements/progress.ts';
import type { Sql } from './dialect.ts';
import { constant, isTrue, joined, type EmitContext } from './emit-context.ts';

const isNull = (node: Node): boolean => node.op === 'literal' && node.value === null;
const isKnown = (node: Node): boolean =>
  node.op === 'runtimeParameter' || (node.op === 'literal' && node.value !== null);

/** The id that an operand is the text of, if it is. */
const idBehind = (node: Node): Node | undefined =>
  node.op === 'convert' && node.of.type.kind === 'id' ? node.of : undefined;

export function equal(node: NodeOf<'equal'>, emitter: EmitContext, holds: boolean): Sql {
  const { left, right, negated } = node;
  const [one, other] = isNull(left) || isKnown(left) ? [right, left] : [left, right];
  if (isNull(other))
    return negated ? sql`(${emitter.value(one)} is not null)` : sql`(${emitter.value(one)} is null)`;
  const id = idBehind(one);
  if (id === undefined || other.op !== 'literal') {
    const values = { left: emitter.value(one), right: emitter.value(other) };
    return equality({ ...values, nullable: nullables(one, other), negated, holds }, emitter);
  }
  // An id beside a text that is written out is compared as an id, so that an index serves it.
  if (!isId(other)) return constant(negated);
  const values = { left: emitter.value(id), right: emitter.dialect.parameter(id.type, other.value) };
  return equality({ ...values, nullable: nullables(id), negated, holds }, emitter);
}

/** A text that can be equal to an id: in the one form that ids have. */
export const isIdText = (value: unknown): boolean => typeof value === 'string' && isStoredUuid(value);

function isId(node: Node): boolean {
  if (node.op !== 'literal') return false;
  const value: unknown = node.value;
  return value instanceof Placeholder ? value.isId : isIdText(value);
}

const nullables = (...nodes: readonly Node[]): number => nodes.filter((node) => node.nullable).length;

interface Equality {
  readonly left: Sql;
  readonly right: Sql;
  /** How many of the two can be null. */
  readonly nullable: number;
  readonly negated: boolean;
  readonly holds: boolean;
}

function equality({ left, right, nullable, negated, holds }: Equality, { dialect }: EmitContext): Sql {
  if (negated) return nullable === 0 ? sql`(${left} <> ${right})` : dialect.different(left, right);
  // With one side never null, plain `=` holds for the same rows, and an index serves it.
  return nullable === 0 || (nullable === 1 && holds) ? sql`(${left} = ${right})` : dialect.same(left, right);
}

export function compare({ left, right, operator }: NodeOf<'compare'>, emitter: EmitContext): Sql {
  const one = emitter.value(left);
  const subject = left.type.kind === 'string' ? emitter.dialect.text(one) : one;
  return sql`(${subject} ${sql.raw(operator)} ${emitter.value(right)})`;
}

/** `IN` for the options that are known, a comparison for each other one. */
export function inOptions({ of, options }: NodeOf<'inOptions'>, emitter: EmitContext, holds: boolean): Sql {
  const id = idBehind(of);
  const item = id ?? of;
  const known = options.filter((option) => isKnown(option) && (id === undefined || isId(option)));
  const others = options.filter(
    (option) => !isKnown(option) || (id !== undefined && option.op === 'runtimeParameter'),
  );
  const count = Math.min(known.length, 1) + others.length;
  if (count === 0) return constant(false);
  const terms = (value: Sql): Sql => {
    const asText = id === undefined ? value : emitter.dialect.idAsText(value);
    const comparisons = others.map((option) => oneOf(asText, of, option, { emitter, holds }));
    const values = known.map((option) => knownValue(option, item, emitter));
    return joined(
      known.length === 0 ? comparisons : [inValues(value, of, values, holds), ...comparisons],
      'or',
    );
  };
  return count === 1 ? terms(emitter.value(item)) : emitter.once(item, terms);
}

function knownValue(option: Node, item: Node, emitter: EmitContext): Sql {
  const asId = item.type.kind === 'id' && option.op === 'literal';
  return asId ? emitter.dialect.parameter(item.type, option.value) : emitter.value(option);
}

function inValues(value: Sql, of: Node, values: readonly Sql[], holds: boolean): Sql {
  const condition = sql`(${value} in (${sql.join(values)}))`;
  return holds || !of.nullable ? condition : isTrue(condition);
}

function oneOf(
  value: Sql,
  of: Node,
  option: Node,
  { emitter, holds }: { emitter: EmitContext; holds: boolean },
): Sql {
  if (isNull(option)) return sql`(${value} is null)`;
  const right = emitter.value(option);
  return equality({ left: value, right, nullable: nullables(of, option), negated: false, holds }, emitter);
}

export function inList({ of, list }: NodeOf<'inList'>, emitter: EmitContext, holds: boolean): Sql {
  if (list.type.kind !== 'list') throw new Error('only lists have elements');
  const elementType = list.type.of;
  const search = (item: Sql, elements: Sql): Sql => {
    const alias = emitter.alias();
    const element = emitter.dialect.element(elementType, alias);
    const nullable = of.nullable ? 2 : 1;
    const condition = equality(
      { left: element, right: item, nullable, negated: false, holds: true },
      emitter,
    );
    const rows = emitter.dialect.elements(elements, alias);
    const mark = progressMark(emitter.dialect, alias, 'item');
    const found = sql`exists (select 1 from ${rows} where ${mark}${condition})`;
    return holds || !list.nullable
      ? found
      : sql`(case when ${emitter.dialect.isArray(elements)} then ${found} end)`;
  };
  return emitter.once(of, (item) => emitter.once(list, (elements) => search(item, elements)));
}
