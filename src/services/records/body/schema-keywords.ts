import type { Format, FuncKeywordDefinition } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { ownFormats } from '#domain/kinds/kinds.ts';
import { patternedLengthMaxOf } from '#domain/collections/patterns/repetition.ts';

const formattedLengthMax = 2_048;

/**
 * ajv-formats' own, made safe for a stranger's text: some of its expressions take quadratic time, so nothing that has a
 * format may be longer than 2,048 characters.
 */
export const boundedFormats: Record<string, Format> = Object.fromEntries([
  ...Object.entries<Format>(fullFormats).map(([name, format]): [string, Format] => [name, bounded(format)]),
  // Values of these have been read by their kind.
  ...ownFormats.map((name): [string, Format] => [name, true]),
]);

function bounded(format: Format): Format {
  const test = testOf(format);
  return test === undefined ? format : (text: string) => text.length <= formattedLengthMax && test(text);
}

/** How a format decides on text; undefined for those of numbers and those that accept everything. */
function testOf(format: Format): ((text: string) => boolean) | undefined {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === 'function') return format;
  if (typeof format !== 'object' || format.type === 'number') return undefined;
  return format.validate as (text: string) => boolean;
}

/** `pattern`, not tried on text that `maxLength` refuses anyway: all keywords are checked, also after one has failed. */
export const pattern: FuncKeywordDefinition = {
  keyword: 'pattern',
  type: 'string',
  schemaType: 'string',
  error: { message: 'must match the pattern of this property' },
  compile(source: string, parent) {
    const expression = new RegExp(source, 'u');
    const { maxLength } = parent as { maxLength?: number };
    // maxLength counts code points, of which some take two units.
    const longest = maxLength === undefined ? patternedLengthMaxOf(source) : 2 * maxLength;
    return (text: string) => (text.length <= longest ? expression.test(text) : maxLength !== undefined);
  },
};

/** `uniqueItems` in linear time: Ajv compares objects with each other pair by pair. */
export const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  error: { message: 'must not hold the same item twice' },
  compile: (unique: boolean) => (items: unknown[]) =>
    // Keys have one order by now (normalise.ts), so equal values have equal texts.
    !unique || new Set(items.map((item) => JSON.stringify(item))).size === items.length,
};
