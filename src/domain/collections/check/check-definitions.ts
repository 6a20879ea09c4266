import { ExpressionError } from '#domain/expressions/error.ts';
import { buildCollection, compileRule } from '../build.ts';
import { checkCollection } from './check-collection.ts';
import { isObject } from '#domain/json/value.ts';
import { ruleNames, type CollectionDefinition } from '../definition.ts';
import { limits } from './limits.ts';
import type { Collection } from '../model.ts';
import { indexName } from '../names.ts';
import { DefinitionReporter, type Mistake } from './definition-reporter.ts';
import { mergeUsers, usersDefinition, usersName } from '../built-in/users.ts';

/** One file of COLLECTIONS_DIR: its path, the collection name in its file name, and its content (JSON-like). */
export interface DefinitionFile {
  /** As shown to people, e.g. `collections/tasks.json`. */
  readonly file: string;
  /** The file's name without its ending; the collection has to be called the same. */
  readonly name: string;
  readonly content: unknown;
}

export interface Checked {
  /** With `users`, merged with its built-in part. Empty when there are mistakes. */
  readonly definitions: readonly CollectionDefinition[];
  readonly mistakes: readonly Mistake[];
}

interface Declared {
  readonly definition: CollectionDefinition;
  readonly reporter: DefinitionReporter;
}

/** Checks every file against the format and against each other; all mistakes are listed, not the first. */
export function checkDefinitions(files: readonly DefinitionFile[]): Checked {
  const mistakes: Mistake[] = [];
  const declared: Declared[] = [];
  for (const { file, name, content } of files) {
    const reporter = new DefinitionReporter(mistakes, file);
    if (!checkCollection(content, name, reporter)) continue;
    declared.push({ definition: content.name === usersName ? mergeUsers(content) : content, reporter });
  }
  // A file with mistakes still declares a name that others may refer to.
  const names = new Set([usersName, ...files.flatMap(({ content }) => nameIn(content))]);
  if (files.length > limits.collections) {
    declared[0]?.reporter.report(`there must not be more than ${limits.collections} collections`);
  }
  checkDistinct(declared);
  for (const each of declared) checkNames(each, declared, names);
  if (mistakes.length === 0) checkRules(declared);
  const definitions = declared.map(({ definition }) => definition);
  const users = definitions.some(({ name }) => name === usersName) ? [] : [usersDefinition];
  return mistakes.length > 0
    ? { definitions: [], mistakes }
    : { definitions: [...users, ...definitions], mistakes };
}

function nameIn(content: unknown): string[] {
  return isObject(content) && typeof content.name === 'string' ? [content.name] : [];
}

/** Tables and indexes share their names; SQLite does not tell names apart that differ in the case of letters only. */
function checkDistinct(declared: readonly Declared[]): void {
  const tables = new Map<string, string>();
  const relations = new Map<string, string>();
  for (const { definition } of declared) {
    const { name, indexes } = buildCollection(definition);
    for (const index of [...indexes.map((each) => each.name), indexName(name, [], 'pkey')]) {
      relations.set(index.toLowerCase(), name);
    }
  }
  for (const { definition, reporter } of declared) {
    const lower = definition.name.toLowerCase();
    const other = tables.get(lower);
    tables.set(lower, definition.name);
    const at = reporter.at('name');
    if (other === definition.name) at.report('another file declares the same collection');
    else if (other !== undefined) at.report(`differs from "${other}" in the case of letters only`);
    const indexed = relations.get(lower);
    if (indexed !== undefined) at.report(`is what an index of "${indexed}" is called in the database`);
  }
}

/** References and former names. */
function checkNames(
  { definition, reporter }: Declared,
  declared: readonly Declared[],
  names: ReadonlySet<string>,
): void {
  for (const [name, { reference }] of Object.entries(definition.properties)) {
    if (reference === undefined || names.has(reference)) continue;
    reporter.at('properties', name, 'reference').reportUnknown('unknown collection', reference, names);
  }
  const { was } = definition;
  if (was === undefined) return;
  if (names.has(was))
    reporter.at('was').report(`"${was}" is a collection of its own: take "was" out, or rename in two steps`);
  const first = declared.find((other) => other.definition.was === was);
  if (first?.definition !== definition)
    reporter.at('was').report(`"${first?.definition.name}" was "${was}" as well`);
}

function checkRules(declared: readonly Declared[]): void {
  const collections = new Map<string, Collection>(
    [usersDefinition, ...declared.map(({ definition }) => definition)].map((definition) => [
      definition.name,
      buildCollection(definition),
    ]),
  );
  for (const { definition, reporter } of declared) {
    for (const rule of ruleNames) {
      const source = definition.rules?.[rule];
      if (source === undefined) continue;
      try {
        compileRule(source, rule, definition.name, collections);
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        reporter.at('rules', rule).report(`at character ${error.position + 1}: ${error.message}`);
      }
    }
  }
}
