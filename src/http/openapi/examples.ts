import type { Collection, Property } from '#domain/collections/model.ts';
import type { JsonObject } from './builders.ts';

/** A body for POST as a reader of the reference would write it: what is required, and a little more. */
export function bodyExample(collection: Collection): JsonObject {
  const writable = writableOf(collection);
  const shown = writable.filter((property) => property.required);
  const chosen = shown.length > 0 ? shown : writable.slice(0, 1);
  return Object.fromEntries(chosen.map((property) => [property.name, valueOf(property)]));
}

/** A body for PATCH: one property. */
export function patchExample(collection: Collection): JsonObject {
  const [first] = writableOf(collection);
  return first === undefined ? {} : { [first.name]: valueOf(first) };
}

function writableOf(collection: Collection): readonly Property[] {
  return [...collection.properties.values()].filter(({ system, readOnly }) => !system && !readOnly);
}

function valueOf(property: Property): unknown {
  if (property.default !== undefined && property.default !== '$user') return property.default;
  return valueFor(property.schema);
}

/** A value that fits the usual schemas; what is more particular than that its author describes. */
function valueFor(schema: JsonObject): unknown {
  if (Array.isArray(schema.examples)) return (schema.examples as unknown[])[0];
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return (schema.enum as unknown[])[0];
  const [type] = Array.isArray(schema.type) ? (schema.type as unknown[]) : [schema.type];
  switch (type) {
    case 'string':
      return textFor(schema);
    case 'integer':
    case 'number':
      return numberFor(schema);
    case 'boolean':
      return true;
    case 'array':
      return typeof schema.items === 'object' ? [valueFor(schema.items as JsonObject)] : [];
    default:
      return {};
  }
}

const texts: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T10:00:00.000Z',
  time: '10:00:00Z',
  duration: 'P1D',
  email: 'ada@example.org',
  hostname: 'example.org',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.org/',
  'uri-reference': '/a',
  uuid: '019b0000-0000-7000-8000-000000000000',
};

function textFor({ format, minLength, maxLength }: JsonObject): string {
  const known = typeof format === 'string' ? texts[format] : undefined;
  const plain = known ?? 'Text'.padEnd(typeof minLength === 'number' ? minLength : 0, '.');
  return typeof maxLength === 'number' ? plain.slice(0, maxLength) : plain;
}

function numberFor({ minimum, maximum, exclusiveMinimum, multipleOf }: JsonObject): number {
  if (typeof minimum === 'number') return minimum;
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  if (typeof multipleOf === 'number') return multipleOf;
  return typeof maximum === 'number' ? Math.min(1, maximum) : 1;
}
