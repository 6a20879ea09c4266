import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { PropertyDefinition } from '../definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { kindOf, kinds } from '#domain/kinds/kinds.ts';
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
    formats: fullFormats,
    ownProperties: true,
  });
  const validate = ajv.compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  return `${error?.instancePath === '' ? '' : `${error?.instancePath} `}${error?.message ?? 'does not fit'}`;
}

/** A default has to be what a caller could send. */
export function checkDefault(definition: PropertyDefinition, place: DefinitionReporter): void {
  const { default: value } = definition;
  if (value === undefined) return;
  if (value === null) {
    place.report('null says no more than no default: leave it out');
    return;
  }
  if (value === '$user') {
    place.report('"$user" is for references to users only');
    return;
  }
  const wrong = misfit(plainSchema(definition), value) ?? unreadable(definition, value);
  if (wrong !== undefined) place.report(`is not a value of this property: ${wrong}`);
}

/** Each value of `enum` and `const` has to be possible, or nobody could ever send it. */
export function checkValuesFit(definition: PropertyDefinition, place: DefinitionReporter): void {
  const { enum: values, const: only, ...rest } = plainSchema(definition);
  if (Object.keys(rest).length > 0 && Array.isArray(values)) {
    for (const [index, value] of (definition.enum ?? []).entries()) {
      const wrong = value === null ? undefined : misfit(rest, value);
      if (wrong !== undefined) place.at('enum', index).report(`is never valid here: ${wrong}`);
    }
  }
  if (only !== undefined) {
    const wrong = misfit(rest, only);
    if (wrong !== undefined) place.at('const').report(`is never valid here: ${wrong}`);
  }
}

/** Why a value that fits its schema cannot be stored. */
function unreadable(definition: PropertyDefinition, value: JsonValue): string | undefined {
  let reason: string | undefined;
  kinds[kindOf(definition)].read?.(value, (_code, detail) => void (reason = detail), definition);
  return reason;
}
