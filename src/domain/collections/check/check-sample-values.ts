import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { PropertyDefinition } from '../definition.ts';
import { useJsonEquality } from '#domain/json/ajv-equality.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { kindOf, kinds, ownFormats, publishedSchema } from '#domain/kinds/kinds.ts';
import { plainSchema } from '../plain-schema.ts';
import type { DefinitionReporter } from './definition-reporter.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Whether a value fits a schema: the first thing that is wrong with it, else undefined. */
function misfit(schema: Schema, value: unknown): string | undefined {
  // Checked schemas only, each compiled once: without the meta-schema a compiler costs next to nothing.
  const ajv = new Ajv2020({
    meta: false,
    validateSchema: false,
    strict: false,
    formats: { ...fullFormats, ...Object.fromEntries(ownFormats.map((format) => [format, true])) },
    ownProperties: true,
  });
  useJsonEquality(ajv);
  const validate = ajv.compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  return `${error?.instancePath === '' ? '' : `${error?.instancePath} `}${error?.message ?? 'does not fit'}`;
}

/** Checks that a default is a value that a caller could send. */
export function checkDefault(definition: PropertyDefinition, reporter: DefinitionReporter): void {
  const { default: value } = definition;
  if (value === undefined) return;
  if (value === null) {
    reporter.report('null says no more than no default: leave it out');
    return;
  }
  if (value === '$user') {
    reporter.report('"$user" is for references to users only');
    return;
  }
  const { stored, reason } = readAs(definition, value);
  const unfit = misfit(schemaOf(definition), stored ?? value);
  // A kind with keywords of its own has its own words for a fault.
  const wrong = kinds[kindOf(definition)].keywords === undefined ? (unfit ?? reason) : (reason ?? unfit);
  if (wrong !== undefined) reporter.report(`is not a value of this property: ${wrong}`);
}

/** Each value of `enum` and `const` has to be possible, or nobody could ever send it. */
export function checkValuesFit(definition: PropertyDefinition, reporter: DefinitionReporter): void {
  const { enum: values, const: only, ...rest } = schemaOf(definition);
  if (Object.keys(rest).length > 0 && Array.isArray(values)) {
    for (const [index, value] of (definition.enum ?? []).entries()) {
      const wrong = value === null ? undefined : misfit(rest, value);
      if (wrong !== undefined) reporter.at('enum', index).report(`is never valid here: ${wrong}`);
    }
  }
  if (only !== undefined) {
    const wrong = misfit(rest, only);
    if (wrong !== undefined) reporter.at('const').report(`is never valid here: ${wrong}`);
  }
}

/** JSON Schema for a value of a property in its stored form. */
function schemaOf(definition: PropertyDefinition): Schema {
  return publishedSchema({ kind: kindOf(definition), schema: plainSchema(definition) });
}

/** The stored form of a value, or why it has none. */
function readAs(
  definition: PropertyDefinition,
  value: JsonValue,
): { readonly stored?: JsonValue | undefined; readonly reason: string | undefined } {
  const { read } = kinds[kindOf(definition)];
  let reason: string | undefined;
  const stored = read?.(value, (_code, detail) => void (reason ??= detail), definition);
  return { stored, reason };
}
