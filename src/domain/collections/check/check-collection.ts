import { checkIndexes, checkSearch } from './check-indexes.ts';
import { checkName, checkProperty } from './check-property.ts';
import { boolean, checkKeywords, listOf, text, type Check } from './check-values.ts';
import { isObject, type JsonObject } from '#domain/json/value.ts';
import { ruleNames, type CollectionDefinition } from '../definition.ts';
import { limits } from './limits.ts';
import type { DefinitionReporter } from './definition-reporter.ts';
import { systemPropertyNames } from '../built-in/system-properties.ts';
import { isBuiltInUserProperty, usersName } from '../built-in/users.ts';

/** Columns that every table of PostgreSQL has already. */
const postgresColumns = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

const keywords: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['$schema', text(limits.description)],
  ['name', checkName],
  ['description', text(limits.description)],
  ['was', checkName],
  // Looked at together, below.
  ['properties', () => undefined],
  ['required', listOf(text(limits.name), limits.properties)],
  ['indexes', () => undefined],
  ['search', () => undefined],
  ['rules', checkRules],
  ['requireIfMatch', boolean],
  ['cache', checkCache],
  ['changes', boolean],
]);

/** Checks one file by itself. True when its shape can be relied on, so that it can be looked at with the others. */
export function checkCollection(
  content: unknown,
  fileName: string,
  reporter: DefinitionReporter,
): content is CollectionDefinition {
  const before = reporter.mistakes;
  if (!isObject(content)) {
    reporter.report('must be an object: the definition of a collection');
    return false;
  }
  checkKeywords(content, reporter, keywords);
  checkOwnName(content, fileName, reporter);
  checkUnlogged(content, reporter);
  const isUsers = content.name === usersName;
  if (content.properties === undefined && !isUsers) reporter.report('needs "properties"');
  else checkProperties(content, isUsers, reporter);
  if (reporter.mistakes > before) return false;
  checkIndexes(content as unknown as CollectionDefinition, reporter);
  checkSearch(content as unknown as CollectionDefinition, reporter);
  return reporter.mistakes === before;
}

/** Reports the settings that need the change log in a collection without it. */
function checkUnlogged({ name, cache, changes }: JsonObject, reporter: DefinitionReporter): void {
  if (changes !== false) return;
  if (name === usersName)
    reporter.at('changes').report('must be true: sessions end by what is logged of users');
  if (cache !== undefined)
    reporter.at('changes').report('must be true: what is cached is told of changes by the log');
}

function checkOwnName(content: JsonObject, fileName: string, reporter: DefinitionReporter): void {
  const { name, was } = content;
  if (name === undefined) reporter.report('needs a "name"');
  else if (typeof name === 'string' && name !== fileName) {
    reporter.at('name').report(`must be the name of the file: "${fileName}"`);
  }
  if (typeof name === 'string' && name.startsWith('sqlite_')) {
    reporter.at('name').report('cannot start with sqlite_: SQLite keeps such names for itself');
  }
  if (was === undefined) return;
  if (was === name) reporter.at('was').report('is the present name: give the former one');
  if (name === usersName) reporter.at('was').report('the built-in collection has always had this name');
}

function checkProperties(content: JsonObject, isUsers: boolean, reporter: DefinitionReporter): void {
  const { properties = {}, required } = content;
  if (!isObject(properties)) {
    reporter.at('properties').report('must be an object');
    return;
  }
  const names = Object.keys(properties);
  if (names.length > limits.properties) {
    reporter.at('properties').report(`must not be more than ${limits.properties}`);
    return;
  }
  const requiredNames = Array.isArray(required) ? (required as unknown[]) : [];
  for (const [index, name] of requiredNames.entries()) {
    if (typeof name !== 'string' || Object.hasOwn(properties, name)) continue;
    if (isUsers && isBuiltInUserProperty(name)) continue;
    reporter.at('required', index).reportUnknown('unknown property', name, names);
  }
  const seen = new Map<string, string>();
  for (const [name, property] of Object.entries(properties)) {
    const at = reporter.at('properties', name);
    checkName(name, at);
    checkNotTaken(name, isUsers, seen, at);
    checkProperty(property, requiredNames.includes(name), at);
    if (isObject(property)) checkFormerName(name, property.was, properties, at.at('was'));
  }
}

/** SQLite does not tell names apart that differ in the case of letters only. */
function checkNotTaken(
  name: string,
  isUsers: boolean,
  seen: Map<string, string>,
  reporter: DefinitionReporter,
): void {
  const lower = name.toLowerCase();
  const other = seen.get(lower);
  seen.set(lower, name);
  if (other !== undefined) reporter.report(`differs from "${other}" in the case of letters only`);
  const system = [...systemPropertyNames].find((each) => each.toLowerCase() === lower);
  if (system !== undefined) reporter.report(`every record has "${system}" already`);
  if (postgresColumns.has(lower)) reporter.report('is a name that PostgreSQL keeps for itself');
  if (isUsers && isBuiltInUserProperty(lower)) reporter.report('is built in: it cannot be defined again');
}

function checkFormerName(
  name: string,
  was: unknown,
  properties: JsonObject,
  reporter: DefinitionReporter,
): void {
  if (typeof was !== 'string') return;
  if (was === name) reporter.report('is the present name: give the former one');
  else if (Object.hasOwn(properties, was)) {
    reporter.report(`"${was}" is a property of its own here: take "was" out, or rename in two steps`);
  } else if (systemPropertyNames.has(was))
    reporter.report(`"${was}" is a system property, which cannot be renamed`);
  const others = Object.entries(properties).filter(([, other]) => isObject(other) && other.was === was);
  if (others[0] !== undefined && others[0][0] !== name)
    reporter.report(`"${others[0][0]}" was "${was}" as well`);
}

function checkRules(value: unknown, reporter: DefinitionReporter): void {
  if (!isObject(value)) reporter.report('must be an object');
  else checkKeywords(value, reporter, new Map(ruleNames.map((name) => [name, text(limits.rule)])));
}

function checkCache(value: unknown, reporter: DefinitionReporter): void {
  if (!isObject(value)) {
    reporter.report('must be an object such as { "maxAge": 30 }');
    return;
  }
  const maxAge: Check = (seconds, at) => {
    if (!Number.isSafeInteger(seconds) || (seconds as number) < 1)
      at.report('must be a number of seconds, 1 or more');
  };
  checkKeywords(value, reporter, new Map([['maxAge', maxAge]]));
  if (value.maxAge === undefined) reporter.report('needs "maxAge"');
}
