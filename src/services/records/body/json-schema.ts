import { Ajv2020, type AnySchemaObject, type ErrorObject } from 'ajv/dist/2020.js';
import { useJsonEquality } from '#domain/json/ajv-equality.ts';
import { keysOfPointer } from '#domain/json/pointer.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import { pointerTo, report } from '../field-errors.ts';
import { boundedFormats, pattern, uniqueItems } from './schema-keywords.ts';

const shownValuesMax = 20;

/** Checks values against the schemas of their properties and reports every keyword that fails. */
export type SchemaCheck = (values: Readonly<Record<string, JsonValue>>, errors: FieldError[]) => void;

/** Compiles the schemas of a collection's properties, in an Ajv of their own that goes when they go. */
export function compileSchemas(properties: Readonly<Record<string, AnySchemaObject>>): SchemaCheck {
  const ajv = new Ajv2020({
    allErrors: true,
    // The definitions have been checked when they were loaded: compiling the meta-schema again would take 12 ms.
    meta: false,
    validateSchema: false,
    strict: false,
    ownProperties: true,
    multipleOfPrecision: 9,
    formats: boundedFormats,
    keywords: [],
  });
  useJsonEquality(ajv);
  ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems);
  ajv.removeKeyword('pattern').addKeyword(pattern);
  const validate = ajv.compile({ type: 'object', properties });
  return (values, errors) => {
    if (validate(values)) return;
    for (const error of validate.errors ?? [])
      report(errors, pointerOf(error), codeOf(error), detailOf(error));
  };
}

/** The place of a missing or unknown member, rather than of the object it belongs to. */
function pointerOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params as Record<string, unknown>;
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  const path = keysOfPointer(instancePath).reduce((parent, key) => pointerTo(parent, key), '');
  return typeof name === 'string' ? pointerTo(path, name) : path;
}

function codeOf({ keyword }: ErrorObject): string {
  const isUnknown = keyword === 'additionalProperties' || keyword === 'unevaluatedProperties';
  if (isUnknown) return 'unknown';
  return keyword === 'false schema' ? 'not' : keyword;
}

/** Ajv's sentence, which never holds the value; for `enum` and `const` with the allowed values. */
function detailOf({ keyword, params, message }: ErrorObject): string {
  const { allowedValues, allowedValue } = params as { allowedValues?: unknown[]; allowedValue?: unknown };
  if (keyword === 'enum' && allowedValues !== undefined && allowedValues.length <= shownValuesMax)
    return `must be one of ${allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
  if (keyword === 'const') return `must be ${JSON.stringify(allowedValue)}`;
  if (keyword === 'required') return 'is required';
  if (codeOf({ keyword } as ErrorObject) === 'unknown') return 'is not a property here';
  return message ?? 'is not valid';
}
