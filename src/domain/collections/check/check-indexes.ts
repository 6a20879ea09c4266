import { boolean, checkKeywords } from './check-values.ts';
import { isObject, type JsonObject } from '#domain/json/value.ts';
import type { CollectionDefinition, PropertyDefinition } from '../definition.ts';
import { itemKindOf, kindOf, kinds } from '#domain/kinds/kinds.ts';
import { limits } from './limits.ts';
import type { DefinitionReporter } from './definition-reporter.ts';
import { systemPropertyNames } from '../built-in/system-properties.ts';
import { builtInUserProperties, usersName } from '../built-in/users.ts';

/** Properties that may be named, with their definitions; undefined for a system property. */
function namesIn(definition: CollectionDefinition): ReadonlyMap<string, PropertyDefinition | undefined> {
  const builtIn = definition.name === usersName ? Object.entries(builtInUserProperties) : [];
  return new Map<string, PropertyDefinition | undefined>([
    ...[...systemPropertyNames].map((name) => [name, undefined] as const),
    ...builtIn,
    ...Object.entries(definition.properties ?? {}),
  ]);
}

/** `indexes`. */
export function checkIndexes(definition: CollectionDefinition, reporter: DefinitionReporter): void {
  const names = namesIn(definition);
  const indexes: unknown = definition.indexes ?? [];
  if (!Array.isArray(indexes)) {
    reporter.at('indexes').report('must be a list');
    return;
  }
  if (indexes.length > limits.indexes)
    reporter.at('indexes').report(`must not be more than ${limits.indexes}`);
  const seen = new Set<string>();
  for (const [position, index] of indexes.entries()) {
    const at = reporter.at('indexes', position);
    if (!Array.isArray(index) && !isObject(index)) {
      at.report(
        'must be a list of properties, or an object such as { "properties": ["title"], "unique": true }',
      );
      continue;
    }
    checkIndex(index as unknown[] | JsonObject, names, at);
    const key = JSON.stringify(Array.isArray(index) ? { properties: index } : index);
    if (seen.has(key)) at.report('is in the list already');
    seen.add(key);
  }
}

function checkIndex(
  index: unknown[] | JsonObject,
  names: ReturnType<typeof namesIn>,
  at: DefinitionReporter,
): void {
  const isList = Array.isArray(index);
  const properties = isList ? index : index.properties;
  const reporter = isList ? at : at.at('properties');
  if (!isList)
    checkKeywords(
      index,
      at,
      new Map([
        ['properties', () => undefined],
        ['unique', boolean],
      ]),
    );
  if (!Array.isArray(properties) || properties.length === 0) {
    reporter.report('must be a list of properties');
    return;
  }
  if (properties.length > limits.indexProperties)
    reporter.report(`must not have more than ${limits.indexProperties} properties`);
  for (const [position, name] of (properties as unknown[]).entries()) {
    checkIndexed(name, !isList && index.unique === true, names, reporter.at(position));
    if (properties.indexOf(name) !== position) reporter.at(position).report('is in the index already');
  }
}

function checkIndexed(
  name: unknown,
  unique: boolean,
  names: ReturnType<typeof namesIn>,
  reporter: DefinitionReporter,
): void {
  if (typeof name !== 'string' || !names.has(name)) {
    reporter.reportUnknown('unknown property', String(name), names.keys());
    return;
  }
  const property = names.get(name);
  if (property === undefined) return;
  if (!kinds[kindOf(property)].hasOrder)
    reporter.report('is kept as JSON (an array, an object, or several types), which has no order');
  for (const hidden of ['private', 'writeOnly'] as const) {
    if (unique && property[hidden] === true) {
      reporter.report(
        `is ${hidden}: a refused duplicate would tell what it holds, so it cannot be in a unique index`,
      );
    }
  }
}

/** `search`: properties of text, and lists of text, that are neither private nor writeOnly. */
export function checkSearch(definition: CollectionDefinition, reporter: DefinitionReporter): void {
  const search: unknown = definition.search ?? [];
  const names = namesIn(definition);
  const at = reporter.at('search');
  if (!Array.isArray(search)) {
    at.report('must be a list of properties');
    return;
  }
  if (search.length > limits.searchProperties)
    at.report(`must not have more than ${limits.searchProperties} properties`);
  for (const [position, name] of (search as unknown[]).entries()) {
    const own = at.at(position);
    if (search.indexOf(name) !== position) own.report('is in the list already');
    if (typeof name !== 'string' || !names.has(name))
      own.reportUnknown('unknown property', String(name), names.keys());
    else checkSearched(names.get(name), own);
  }
}

function checkSearched(property: PropertyDefinition | undefined, reporter: DefinitionReporter): void {
  if (property === undefined || (kindOf(property) !== 'string' && itemKindOf(property) !== 'string')) {
    reporter.report('holds no text: only strings and lists of strings can be searched');
    return;
  }
  for (const hidden of ['private', 'writeOnly'] as const) {
    if (property[hidden] === true) reporter.report(`is ${hidden}: a search would tell what it holds`);
  }
}
