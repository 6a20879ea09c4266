import { checkDefault, checkValuesFit } from './check-sample-values.ts';
import { anything, boolean, checkKeywords, listOf, text, type Check } from './check-values.ts';
import { isObject, type JsonObject } from '#domain/json/value.ts';
import { checkPlainText, checkTogether, schemaKeywords } from './check-schema.ts';
import type { PropertyDefinition } from '../definition.ts';
import { allowsNull, kindOf, kinds } from '#domain/kinds/kinds.ts';
import { limits } from './limits.ts';
import { namePattern } from '../names.ts';
import type { DefinitionReporter } from './definition-reporter.ts';

const onDeletes = ['restrict', 'cascade', 'setNull'];

export const checkName: Check = (value, reporter) => {
  if (typeof value !== 'string') reporter.report('must be a string');
  else if (!namePattern.test(value)) {
    reporter.report(
      `is no usable name: a small letter, then letters, digits and _ (ASCII), at most 63 in all`,
    );
  }
};

const ownKeywords: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['reference', checkName],
  [
    'onDelete',
    (value, reporter) => {
      if (typeof value !== 'string') reporter.report(`must be one of ${onDeletes.join(', ')}`);
      else if (!onDeletes.includes(value)) reporter.reportUnknown('unknown onDelete', value, onDeletes);
    },
  ],
  ['unique', boolean],
  ['private', boolean],
  ['readOnly', boolean],
  ['writeOnly', boolean],
  ['was', checkName],
]);

/** Plinth's own keywords, for the guide to be held against. */
export const ownKeywordNames: readonly string[] = [...ownKeywords.keys()];

const propertyKeywords: ReadonlyMap<string, Check> = new Map([...schemaKeywords(), ...ownKeywords]);

/** The keywords that a property of any kind may have. */
const commonKeywords: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...ownKeywords,
  ['default', checkPlainText],
  ['title', text(limits.description)],
  ['description', text(limits.description)],
  ['$comment', text(limits.description)],
  ['deprecated', boolean],
]);

/** Checks one property by itself; its references and indexes are checked once all collections are known. */
export function checkProperty(value: unknown, required: boolean, reporter: DefinitionReporter): void {
  if (!isObject(value)) {
    reporter.report('must be an object');
    return;
  }
  const before = reporter.mistakes;
  if (Object.hasOwn(value, 'reference')) checkReference(value, required, reporter);
  else {
    checkSchema(value, reporter);
    if (Object.hasOwn(value, 'onDelete')) reporter.at('onDelete').report('is for references only');
  }
  if (reporter.mistakes > before) return;
  checkAccess(value, required, reporter);
  checkKind(value, required, reporter);
  if (!Object.hasOwn(value, 'reference')) {
    checkValuesFit(value, reporter);
    checkDefault(value, reporter.at('default'));
  }
}

function checkSchema(value: JsonObject, reporter: DefinitionReporter): void {
  const kind = kindOf(value);
  const { keywords } = kinds[kind];
  if (keywords === undefined) {
    checkKeywords(value, reporter, propertyKeywords);
    checkTogether(value, reporter);
    return;
  }
  const checks = Object.entries(keywords).map(([keyword, wrongWith]): [string, Check] => [
    keyword,
    (given, at) => {
      const wrong = wrongWith(given);
      if (wrong !== undefined) at.report(wrong);
    },
  ]);
  const examples: [string, Check] = ['examples', listOf(anything, limits.enumValues)];
  checkOnly(value, new Map([...commonKeywords, examples, ...checks]), `has no place in a ${kind}`, reporter);
}

/** Keywords of a property of which fewer are allowed than of others. */
function checkOnly(
  value: JsonObject,
  allowed: ReadonlyMap<string, Check>,
  refusal: string,
  reporter: DefinitionReporter,
): void {
  const isOut = (keyword: string) => propertyKeywords.has(keyword) && !allowed.has(keyword);
  for (const keyword of Object.keys(value).filter(isOut)) reporter.at(keyword).report(refusal);
  const rest = Object.entries(value).filter(([keyword]) => !isOut(keyword));
  checkKeywords(Object.fromEntries(rest), reporter, allowed);
}

/** A reference is a reference: nothing else can be said of its value. */
function checkReference(value: JsonObject, required: boolean, reporter: DefinitionReporter): void {
  const refusal = 'has no place in a reference, which always holds the id of a record';
  checkOnly(value, commonKeywords, refusal, reporter);
  if (value.onDelete === 'setNull' && required) {
    reporter.at('onDelete').report('cannot be setNull: the property is required, so it can never be null');
  }
  if (value.default === undefined) return;
  if (value.default !== '$user')
    reporter.at('default').report('of a reference can only be "$user", the caller');
  else if (value.reference !== 'users')
    reporter.at('default').report('"$user" is for references to users only');
}

function checkAccess(value: JsonObject, required: boolean, reporter: DefinitionReporter): void {
  if (value.readOnly === true && value.writeOnly === true)
    reporter.at('writeOnly').report('cannot be readOnly as well');
  if (value.readOnly === true && required && value.default === undefined) {
    reporter.at('readOnly').report('needs a default: the property is required, and nobody can send it');
  }
  for (const hidden of ['private', 'writeOnly'] as const) {
    if (value[hidden] === true && value.unique === true) {
      reporter
        .at('unique')
        .report(`cannot be: the property is ${hidden}, and a refused duplicate would tell what it holds`);
    }
  }
}

function checkKind(definition: PropertyDefinition, required: boolean, reporter: DefinitionReporter): void {
  const kind = kinds[kindOf(definition)];
  if (required && allowsNull(definition)) {
    reporter.report(
      'is required and allows null: null means no value, so take it out of type or enum, or do not require it',
    );
  }
  if (definition.type === 'null')
    reporter.at('type').report('"null" alone leaves no value that could be stored');
  if (definition.unique === true && !kind.hasOrder) {
    reporter
      .at('unique')
      .report('is for simple values: this property is kept as JSON (an array, an object, or several types)');
  }
  const misfit = kind.misfit?.(definition);
  if (misfit !== undefined) reporter.report(misfit);
}
