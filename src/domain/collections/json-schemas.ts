import { publishedSchema } from '#domain/kinds/kinds.ts';
import type { Collection, Property } from './model.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schema 2020-12 of a collection's bodies and records, without Plinth's keywords. For the API description. */
export interface CollectionSchemas {
  /** Body of POST and PUT. */
  readonly create: JsonSchema;
  /** Body of PATCH, a JSON Merge Patch (RFC 7396): null takes a value away. */
  readonly patch: JsonSchema;
  /**
   * An answered record. Only `id` is always there (`fields` may leave the others out); private properties are described,
   * because admins get them.
   */
  readonly record: JsonSchema;
}

/** `expanded` gives the schema of a record that `expand` may put in place of a reference to the collection it is given. */
export function jsonSchemas(
  collection: Collection,
  expanded: (target: string) => JsonSchema = () => ({ type: 'object' }),
): CollectionSchemas {
  const properties = [...collection.properties.values()];
  const writable = properties.filter(({ system, readOnly }) => !system && !readOnly);
  const required = writable.filter((property) => property.required && property.default === undefined);
  const input = Object.fromEntries(writable.map((property) => [property.name, inputSchema(property)]));
  const output = properties.filter(({ writeOnly }) => !writeOnly);
  return {
    create: {
      type: 'object',
      properties: Object.fromEntries(
        writable.map((property) => [property.name, withDefault(property, inputSchema(property))]),
      ),
      ...(required.length > 0 && { required: required.map(({ name }) => name) }),
      additionalProperties: false,
    },
    patch: { type: 'object', properties: input, additionalProperties: false },
    record: {
      type: 'object',
      properties: Object.fromEntries(
        output.map((property) => [property.name, outputSchema(property, expanded)]),
      ),
      required: ['id'],
      additionalProperties: false,
    },
  };
}

function inputSchema(property: Property): JsonSchema {
  const schema = {
    ...publishedSchema(property),
    ...described(property),
    ...(property.writeOnly && { writeOnly: true }),
  };
  return property.required ? schema : nullable(schema);
}

function withDefault(property: Property, schema: JsonSchema): JsonSchema {
  // `$user` stands for the caller: it is no value, so it cannot be told here.
  return property.default === undefined || property.default === '$user'
    ? schema
    : { ...schema, default: property.default };
}

function outputSchema(property: Property, expanded: (target: string) => JsonSchema): JsonSchema {
  const own = publishedSchema(property);
  const value =
    property.reference === undefined ? own : { anyOf: [own, expanded(property.reference.collection)] };
  const schema = { ...value, ...described(property), ...(property.readOnly && { readOnly: true }) };
  return property.required ? schema : nullable(schema);
}

function described(property: Property): JsonSchema {
  return property.description === undefined ? {} : { description: property.description };
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type, enum: values } = schema;
  if (
    Array.isArray(schema.anyOf) &&
    Object.keys(schema).every((key) => key === 'anyOf' || key === 'description')
  ) {
    return { ...schema, anyOf: [...(schema.anyOf as JsonSchema[]), { type: 'null' }] };
  }
  if (
    schema.const !== undefined ||
    schema.not !== undefined ||
    combinators.some((key) => schema[key] !== undefined)
  ) {
    const { description, ...rest } = schema;
    return { anyOf: [rest, { type: 'null' }], ...(description !== undefined && { description }) };
  }
  return {
    ...schema,
    ...(type !== undefined && { type: [...(Array.isArray(type) ? (type as string[]) : [type]), 'null'] }),
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}

const combinators = ['allOf', 'anyOf', 'oneOf', 'if', 'then', 'else'];
