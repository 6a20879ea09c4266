import type { JsonObject, JsonValue } from '#domain/json/value.ts';
import { booleanKind } from './boolean.ts';
import { dateKind } from './date.ts';
import { decimalKind } from './decimal.ts';
import { integerKind } from './integer.ts';
import { jsonKind } from './json.ts';
import type { Conversion, Kind, KindName, ValueForm } from './kind.ts';
import { numberKind } from './number.ts';
import { referenceKind } from './reference.ts';
import { stringKind } from './string.ts';
import { timestampKind } from './timestamp.ts';
import { uuidKind } from './uuid.ts';

/** Every kind. Where more than one is declared by a type or has a value, the first is meant. */
export const kinds: Readonly<Record<KindName, Kind>> = {
  date: dateKind,
  timestamp: timestampKind,
  decimal: decimalKind,
  string: stringKind,
  boolean: booleanKind,
  integer: integerKind,
  number: numberKind,
  reference: referenceKind,
  uuid: uuidKind,
  json: jsonKind,
};

const entries = Object.entries(kinds) as [KindName, Kind][];

/** Formats of JSON Schema that are ours: each declares a kind of property, and says nothing deeper in a schema. */
export const ownFormats: readonly string[] = entries.flatMap(([, { format }]) => format ?? []);

/** The keywords of a definition, or of a schema inside one, that decide on a kind. */
export interface Declaration {
  readonly reference?: unknown;
  readonly type?: unknown;
  readonly format?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly items?: unknown;
  readonly prefixItems?: unknown;
}

/** The kind that a definition declares. */
export function kindOf(declaration: Declaration): KindName {
  if (declaration.reference !== undefined) return 'reference';
  if (declaration.type !== undefined) return kindOfTypes(typesIn(declaration), declaration.format);
  if (Array.isArray(declaration.enum)) return kindOfValues(declaration.enum as JsonValue[]);
  return declaration.const === undefined ? 'json' : kindOfValues([declaration.const as JsonValue]);
}

/** The kind of the items, for an array whose items all are of one kind that is not json. */
export function itemKindOf(declaration: Declaration): KindName | undefined {
  if (typesIn(declaration).join() !== 'array' || declaration.prefixItems !== undefined) return undefined;
  const { items } = declaration;
  if (typeof items !== 'object' || items === null) return undefined;
  const kind = kindOf(items);
  // A null among the items would make them a mix.
  return kind === 'json' || allowsNull(items) ? undefined : kind;
}

export function allowsNull({ type, enum: values }: Declaration): boolean {
  const isAmong = Array.isArray(values) && (values as unknown[]).includes(null);
  return isAmong || (Array.isArray(type) ? (type as unknown[]).includes('null') : type === 'null');
}

/** The types that are declared, without null, and without `integer` where `number` includes it. */
function typesIn({ type }: Declaration): string[] {
  const types = (Array.isArray(type) ? type : [type]) as string[];
  return types.filter((each) => each !== 'null' && !(each === 'integer' && types.includes('number')));
}

function kindOfTypes(types: readonly string[], format: unknown): KindName {
  const [type] = types;
  if (type === undefined || types.length > 1) return 'json';
  const found = entries.find(([, { isDeclaredBy }]) =>
    isDeclaredBy?.(type, typeof format === 'string' ? format : undefined),
  );
  return found?.[0] ?? 'json';
}

function kindOfValues(values: readonly JsonValue[]): KindName {
  const present = values.filter((value) => value !== null);
  const found = entries.find(([, { isKindOf }]) => isKindOf !== undefined && present.every(isKindOf));
  return present.length === 0 ? 'json' : (found?.[0] ?? 'json');
}

/** A value that fits the usual schemas. A schema that asks for more gives `examples`. */
export function exampleOf(schema: JsonObject): unknown {
  if (Array.isArray(schema.examples)) return (schema.examples as unknown[])[0];
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return (schema.enum as unknown[])[0];
  return kinds[kindOf(schema)].example(schema, exampleOf);
}

/** The JSON Schema of a property's values as others get it: without keywords of ours. */
export function publishedSchema({ kind, schema }: ValueForm & { readonly schema: JsonObject }): JsonObject {
  return kinds[kind].published?.(schema) ?? schema;
}

/** The effect of a change of form on the stored values; see Conversion. Impossible: no value has a counterpart. */
export function conversionBetween(
  before: ValueForm,
  after: ValueForm,
): 'same' | 'impossible' | Conversion['effect'] {
  return conversionOf(before, after)?.effect ?? (before.kind === after.kind ? 'same' : 'impossible');
}

/** The value in its new form, null when it has none. */
export function convertValue(value: JsonValue, before: ValueForm, after: ValueForm): JsonValue {
  if (value === null) return null;
  const conversion = conversionOf(before, after);
  if (conversion !== undefined) return conversion.convert(value, after);
  return before.kind === after.kind ? value : null;
}

function conversionOf(before: ValueForm, after: ValueForm): Conversion | undefined {
  if (before.kind === after.kind) return kinds[after.kind].within?.(before, after);
  return kinds[after.kind].from[before.kind] ?? kinds[before.kind].to?.[after.kind];
}
