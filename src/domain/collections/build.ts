import { compileExpression } from '#domain/expressions/check.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import { canonicalJson } from '#domain/json/canonical.ts';
import type { JsonObject, JsonValue } from '#domain/json/value.ts';
import type { KindName } from '#domain/kinds/kind.ts';
import { itemKindOf, kindOf, kinds } from '#domain/kinds/kinds.ts';
import {
  ruleNames,
  type CollectionDefinition,
  type IndexDefinition,
  type PropertyDefinition,
  type RuleName,
} from './definition.ts';
import type { Collection, Index, Model, Property } from './model.ts';
import { indexName } from './names.ts';
import { plainSchema } from './plain-schema.ts';
import { systemProperties } from './built-in/system-properties.ts';
import { adminOnlyUserProperties, usersDefinition, usersName } from './built-in/users.ts';

/**
 * The model of checked definitions (see check.ts); the built-in `users` is added when it is not among them.
 * Throws ExpressionError when a rule does not compile, which checked definitions' rules do.
 */
export function buildModel(definitions: readonly CollectionDefinition[]): Model {
  const all = definitions.some(({ name }) => name === usersName)
    ? definitions
    : [...definitions, usersDefinition];
  const bare = new Map(all.map((definition) => [definition.name, buildCollection(definition)]));
  const collections = [...bare.values()].map((collection) => {
    const rules = ruleNames.flatMap((name) => {
      const source = collection.definition.rules?.[name];
      return source === undefined ? [] : [[name, compileRule(source, name, collection.name, bare)] as const];
    });
    return [collection.name, { ...collection, rules: Object.fromEntries(rules) }] as const;
  });
  return { collections: new Map(collections) };
}

/** Throws ExpressionError. */
export function compileRule(
  source: string,
  rule: RuleName,
  collection: string,
  collections: ReadonlyMap<string, Collection>,
): Expression {
  return compileExpression(source, { kind: 'rule', collection, collections, previous: rule === 'update' });
}

/** One collection without its rules. */
export function buildCollection(definition: CollectionDefinition): Collection {
  const required = new Set(definition.required);
  const own = Object.entries(definition.properties).map(([name, property]) =>
    buildProperty(name, property, required.has(name), definition.name),
  );
  return {
    name: definition.name,
    definition,
    properties: new Map([...systemProperties, ...own].map((property) => [property.name, property])),
    indexes: buildIndexes(definition, own),
    search: definition.search ?? [],
    rules: {},
  };
}

function buildProperty(
  name: string,
  definition: PropertyDefinition,
  required: boolean,
  collection: string,
): Property {
  const { reference, was, description } = definition;
  const items = itemKindOf(definition);
  const kind = kindOf(definition);
  const schema = plainSchema(definition);
  return {
    name,
    kind,
    ...kinds[kind].settings?.(schema),
    schema,
    system: false,
    required,
    ...(definition.default !== undefined && { default: storedDefault(definition.default, kind, schema) }),
    readOnly: definition.readOnly ?? false,
    writeOnly: definition.writeOnly ?? false,
    private: definition.private ?? false,
    adminOnly: collection === usersName && adminOnlyUserProperties.has(name),
    unique: definition.unique ?? false,
    ...(reference !== undefined && {
      reference: { collection: reference, onDelete: definition.onDelete ?? 'restrict' },
    }),
    ...(items !== undefined && { items }),
    ...(was !== undefined && { was }),
    ...(description !== undefined && { description }),
  };
}

/** A default as a record keeps it. `$user` is no value, and stays as it is. */
function storedDefault(value: JsonValue, kind: KindName, schema: JsonObject): JsonValue {
  const canonical = canonicalJson(value);
  return kinds[kind].read?.(canonical, () => undefined, schema) ?? canonical;
}

/**
 * The indexes of `unique`, of the references (a deletion looks for the referring records) and of `indexes`, each once.
 * The ones that are not unique end in `id`, so that pages can be read from them in order.
 */
function buildIndexes(definition: CollectionDefinition, properties: readonly Property[]): Index[] {
  const declared = (definition.indexes ?? []).map((index): IndexDefinition =>
    'properties' in index ? index : { properties: index },
  );
  const indexes = [
    ...properties.filter(({ unique }) => unique).map(({ name }) => uniqueIndex(definition.name, [name])),
    ...properties
      .filter(({ kind }) => kind === 'reference')
      .map(({ name }) => plainIndex(definition.name, [name])),
    ...declared.map((index) =>
      index.unique === true
        ? uniqueIndex(definition.name, index.properties)
        : plainIndex(definition.name, index.properties),
    ),
  ];
  return [...new Map(indexes.map((index) => [index.name, index])).values()];
}

function uniqueIndex(collection: string, properties: readonly string[]): Index {
  return { name: indexName(collection, properties, 'key'), properties, unique: true };
}

function plainIndex(collection: string, properties: readonly string[]): Index {
  const own = properties.at(-1) === 'id' ? properties.slice(0, -1) : properties;
  return { name: indexName(collection, own, 'idx'), properties: [...own, 'id'], unique: false };
}
