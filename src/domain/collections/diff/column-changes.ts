import { isSameJson } from '#domain/json/canonical.ts';
import { conversionBetween, convertValue } from '#domain/kinds/kinds.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { Collection, Property } from '../model.ts';
import type { ColumnChange, Rewrite } from './steps.ts';

/** Pairs the properties of a collection before and after. `formerNames`: collections by their new name. */
export function columnChanges(
  before: Collection,
  after: Collection,
  formerNames: ReadonlyMap<string, string>,
): ColumnChange[] {
  const columns: ColumnChange[] = [];
  const kept = new Set<string>();
  for (const property of after.properties.values()) {
    const former = formerProperty(property, before, after);
    if (former !== undefined) kept.add(former.name);
    const rewrite = former === undefined ? undefined : rewriteOf(former, property, formerNames);
    const fallback = fallbackOf(property);
    columns.push({
      ...(former !== undefined && { before: former }),
      after: property,
      ...(rewrite !== undefined && { rewrite }),
      ...(fallback !== undefined && { fallback }),
    });
  }
  for (const property of before.properties.values()) {
    if (!kept.has(property.name)) columns.push({ before: property });
  }
  return columns;
}

function formerProperty(property: Property, before: Collection, after: Collection): Property | undefined {
  const same = before.properties.get(property.name);
  if (same !== undefined) return same;
  const { was } = property;
  return was === undefined || after.properties.has(was) ? undefined : before.properties.get(was);
}

/** The default, where it is a value: `$user` is nobody when the schema changes. */
function fallbackOf(property: Property): JsonValue | undefined {
  return property.kind === 'reference' ? undefined : property.default;
}

function rewriteOf(
  before: Property,
  after: Property,
  formerNames: ReadonlyMap<string, string>,
): Rewrite | undefined {
  const target = after.reference?.collection;
  const formerTarget = target === undefined ? undefined : (formerNames.get(target) ?? null);
  const moved = target !== undefined && formerTarget !== before.reference?.collection;
  const limited = removedValues(before, after) !== undefined;
  if (conversionBetween(before, after) === 'same' && !moved && !limited) return undefined;
  const allowed = limited ? (after.schema.enum as readonly JsonValue[]) : undefined;
  return {
    convert(value) {
      const converted = convertValue(value, before, after);
      return allowed === undefined || allowed.some((each) => isSameJson(each, converted)) ? converted : null;
    },
    ...(moved && { target: formerTarget ?? null }),
  };
}

/** Values that `enum` no longer allows: a list, 'all others' when it had none before, undefined when it takes none away. */
export function removedValues(
  before: Property,
  after: Property,
): readonly JsonValue[] | 'all others' | undefined {
  const old = before.schema.enum as readonly JsonValue[] | undefined;
  const allowed = after.schema.enum as readonly JsonValue[] | undefined;
  if (allowed === undefined) return undefined;
  if (old === undefined) return 'all others';
  const removed = without(old, allowed);
  return removed.length === 0 ? undefined : removed;
}

/** Values that `enum` allows in addition. */
export function addedValues(before: Property, after: Property): readonly JsonValue[] {
  const old = before.schema.enum as readonly JsonValue[] | undefined;
  const allowed = after.schema.enum as readonly JsonValue[] | undefined;
  return old === undefined || allowed === undefined ? [] : without(allowed, old);
}

function without(values: readonly JsonValue[], others: readonly JsonValue[]): readonly JsonValue[] {
  return values.filter((value) => !others.some((other) => isSameJson(other, value)));
}
