import { fullFormats } from 'ajv-formats/dist/formats.js';
import { ownFormats } from '#domain/kinds/kinds.ts';
import { checkPattern } from '../patterns/check-pattern.ts';
import {
  anything,
  boolean,
  checkKeywords,
  count,
  finiteNumber,
  listOf,
  positiveNumber,
  text,
  type Check,
} from './check-values.ts';
import { isObject, type JsonObject } from '#domain/json/value.ts';
import { limits } from './limits.ts';
import type { DefinitionReporter } from './definition-reporter.ts';

const types = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null'];
const formats = Object.keys(fullFormats);

/** For which type of value a keyword means something. */
const typeOfKeyword: Readonly<Record<string, readonly string[]>> = {
  string: ['maxLength', 'minLength', 'pattern'],
  number: ['multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  array: [
    'maxItems',
    'minItems',
    'uniqueItems',
    'items',
    'prefixItems',
    'contains',
    'maxContains',
    'minContains',
  ],
  object: [
    'maxProperties',
    'minProperties',
    'required',
    'properties',
    'additionalProperties',
    'patternProperties',
    'propertyNames',
    'dependentRequired',
  ],
};

const counts = ['Length', 'Items', 'Contains', 'Properties'].flatMap((of) => [`max${of}`, `min${of}`]);

/** Pairs of keywords of which the first must not be above the second. */
const ranges = [
  ['minimum', 'maximum'],
  ['exclusiveMinimum', 'exclusiveMaximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minContains', 'maxContains'],
  ['minProperties', 'maxProperties'],
] as const;

/** Keywords that say something of another one. */
const dependents = [
  ['then', 'if'],
  ['else', 'if'],
  ['maxContains', 'contains'],
  ['minContains', 'contains'],
] as const;

/** The keywords of JSON Schema 2020-12 that a property may use, at every depth. */
export function schemaKeywords(depth = 1): ReadonlyMap<string, Check> {
  const schema: Check = (value, reporter) => checkNested(value, reporter, depth + 1);
  const schemas = listOf(schema, limits.alternatives, 1);
  const names = listOf(text(limits.name), limits.properties);
  return new Map<string, Check>([
    ['type', checkType],
    ['enum', listOf(checkPlainText, limits.enumValues, 1)],
    ['const', checkPlainText],
    ['format', checkFormat],
    ['multipleOf', positiveNumber],
    ...['maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'].map(
      (name) => [name, finiteNumber] as const,
    ),
    ...counts.map((name) => [name, count] as const),
    ['pattern', text(limits.pattern)],
    ['uniqueItems', boolean],
    ...['items', 'contains', 'additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else'].map(
      (name) => [name, schema] as const,
    ),
    ...['prefixItems', 'allOf', 'anyOf', 'oneOf'].map((name) => [name, schemas] as const),
    ['properties', mapOf(schema)],
    ['patternProperties', checkPatternProperties(schema)],
    ['required', names],
    ['dependentRequired', mapOf(names)],
    ['title', text(limits.description)],
    ['description', text(limits.description)],
    ['$comment', text(limits.description)],
    ['examples', listOf(anything, limits.enumValues)],
    ['deprecated', boolean],
    ['default', checkPlainText],
    ['$ref', notSupported],
    ['$defs', notSupported],
  ]);
}

/** Checks the keywords of a schema that depend on each other. */
export function checkTogether(schema: JsonObject, reporter: DefinitionReporter): void {
  const declared =
    typeof schema.type === 'string' ? [schema.type] : Array.isArray(schema.type) ? schema.type : undefined;
  for (const [type, keywords] of Object.entries(typeOfKeyword)) {
    if (declared === undefined || declared.includes(type)) continue;
    if (type === 'number' && declared.includes('integer')) continue;
    for (const keyword of keywords) {
      if (Object.hasOwn(schema, keyword)) {
        reporter
          .at(keyword)
          .report(
            `has no effect: it is for type "${type}", and the type here is ${JSON.stringify(schema.type)}`,
          );
      }
    }
  }
  for (const [low, high] of ranges) {
    const [from, to] = [schema[low], schema[high]];
    if (typeof from === 'number' && typeof to === 'number' && from > to)
      reporter.at(low).report(`must not be above ${high}`);
  }
  if (typeof schema.pattern === 'string')
    checkPattern(schema.pattern, schema.maxLength, reporter.at('pattern'));
  for (const [keyword, other] of dependents) {
    if (Object.hasOwn(schema, keyword) && !Object.hasOwn(schema, other))
      reporter.at(keyword).report(`has no effect without "${other}"`);
  }
}

function checkNested(value: unknown, reporter: DefinitionReporter, depth: number): void {
  if (typeof value === 'boolean') return;
  if (!isObject(value)) reporter.report('must be a schema: an object, true or false');
  else if (depth > limits.depth) reporter.report(`must not be nested more than ${limits.depth} deep`);
  else {
    checkKeywords(value, reporter, schemaKeywords(depth));
    checkTogether(value, reporter);
  }
}

const checkType: Check = (value, reporter) => {
  if (typeof value === 'string') checkTypeName(value, reporter);
  else if (Array.isArray(value)) listOf(checkTypeName, types.length, 1)(value, reporter);
  else reporter.report('must be the name of a type, or a list of them');
};

const checkTypeName: Check = (value, reporter) => {
  if (typeof value !== 'string') reporter.report('must be the name of a type');
  else if (!types.includes(value)) reporter.reportUnknown('unknown type', value, types);
};

const checkFormat: Check = (value, reporter) => {
  if (typeof value !== 'string') reporter.report('must be the name of a format');
  else if (ownFormats.includes(value))
    reporter.report('is for a property of type "string"; inside arrays and objects a pattern says as much');
  else if (!formats.includes(value))
    reporter.reportUnknown('unknown format', value, [...formats, ...ownFormats]);
};

/** Text in a value that PostgreSQL cannot keep could never be sent either. */
export const checkPlainText: Check = (value, reporter) => {
  const holds = JSON.stringify(value, (key, part: unknown) => {
    const odd = [key, part].some(
      (each) => typeof each === 'string' && (each.includes('\0') || !each.isWellFormed()),
    );
    return odd ? undefined : part;
  });
  if (holds !== JSON.stringify(value)) reporter.report('must not contain NUL or half a surrogate pair');
};

const notSupported: Check = (_value, reporter) =>
  reporter.report('is not supported: write the schema out where it is used');

function mapOf(check: Check): Check {
  return (value, reporter) => {
    if (!isObject(value)) {
      reporter.report('must be an object');
      return;
    }
    if (Object.keys(value).length > limits.properties)
      reporter.report(`must not have more than ${limits.properties} entries`);
    for (const [name, entry] of Object.entries(value)) {
      if (name === '__proto__') reporter.at(name).report('is not a usable name');
      else check(entry, reporter.at(name));
    }
  };
}

function checkPatternProperties(schema: Check): Check {
  return (value, reporter) => {
    mapOf(schema)(value, reporter);
    // Names come in any length, so only the kind of pattern that takes linear time will do.
    if (isObject(value))
      for (const source of Object.keys(value)) checkPattern(source, 'any', reporter.at(source));
  };
}
