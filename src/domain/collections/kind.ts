import type { PropertyDefinition } from './definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { PropertyKind } from './model.ts';

/** How a property is kept, from its definition (the table is in model.ts). */
export function kindOf(definition: PropertyDefinition): PropertyKind {
  if (definition.reference !== undefined) return 'reference';
  if (definition.type !== undefined) return kindOfTypes(typesOf(definition.type), definition.format);
  if (definition.enum !== undefined) return kindOfValues(definition.enum);
  if (definition.const !== undefined) return kindOfValues([definition.const as JsonValue]);
  return 'json';
}

/** The kind of the items, for an array whose items all are of one scalar kind. */
export function itemKindOf(definition: PropertyDefinition): PropertyKind | undefined {
  if (definition.type === undefined || typesOf(definition.type).join() !== 'array') return undefined;
  if (definition.prefixItems !== undefined) return undefined;
  const items = definition.items;
  if (typeof items !== 'object' || items === null) return undefined;
  const kind = kindOf(items as PropertyDefinition);
  // A null among the items would make them a mix.
  return kind === 'json' || allowsNull(items as PropertyDefinition) ? undefined : kind;
}

export function allowsNull(definition: PropertyDefinition): boolean {
  const types = typeof definition.type === 'string' ? [definition.type] : (definition.type ?? []);
  return types.includes('null') || (definition.enum?.includes(null) ?? false);
}

function typesOf(type: string | readonly string[]): string[] {
  const types = typeof type === 'string' ? [type] : type;
  return types.filter((each) => each !== 'null' && !(each === 'integer' && types.includes('number')));
}

function kindOfTypes(types: readonly string[], format: string | undefined): PropertyKind {
  if (types.length !== 1) return 'json';
  switch (types[0]) {
    case 'string':
      if (format === 'date') return 'date';
      return format === 'date-time' ? 'timestamp' : 'string';
    case 'integer':
    case 'number':
    case 'boolean':
      return types[0];
    default:
      return 'json';
  }
}

function kindOfValues(values: readonly JsonValue[]): PropertyKind {
  const present = values.filter((value) => value !== null);
  if (present.length === 0) return 'json';
  if (present.every((value) => typeof value === 'string')) return 'string';
  if (present.every((value) => typeof value === 'boolean')) return 'boolean';
  if (present.every((value) => Number.isSafeInteger(value))) return 'integer';
  return present.every((value) => typeof value === 'number') ? 'number' : 'json';
}
