import type { PropertyDefinition } from './definition.ts';
import type { JsonValue } from '#domain/json/value.ts';

const ownKeywords: ReadonlySet<string> = new Set([
  'reference',
  'onDelete',
  'unique',
  'private',
  'was',
  'default',
  'readOnly',
  'writeOnly',
]);

/**
 * JSON Schema for a value of a property: Plinth's own keywords are taken out, so are annotations that are kept elsewhere.
 * "null" goes too: null means no value, and `required` says whether that is allowed.
 */
export function plainSchema(definition: PropertyDefinition): Readonly<Record<string, unknown>> {
  if (definition.reference !== undefined) return { type: 'string', format: 'uuid' };
  const kept = Object.entries(definition).filter(([keyword]) => !ownKeywords.has(keyword));
  const schema = Object.fromEntries(kept);
  if (Array.isArray(schema.type)) schema.type = withoutNull(schema.type as string[]);
  if (Array.isArray(schema.enum))
    schema.enum = (schema.enum as JsonValue[]).filter((value) => value !== null);
  return schema;
}

function withoutNull(types: readonly string[]): string | string[] {
  const kept = types.filter((type) => type !== 'null');
  return kept.length === 1 ? (kept[0] as string) : kept;
}
