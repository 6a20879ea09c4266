import type { CollectionDefinition, IndexDefinition, JsonValue, PropertyDefinition } from './definition.ts';
import { kindOf } from './kind.ts';
import { limits } from './limits.ts';

/** Formats of text that cannot get long. */
const lengthOfFormat: Readonly<Record<string, number>> = { uuid: 45, ipv4: 15, ipv6: 45, time: 40 };
const bytesPerCharacter = 4;
/** Bytes of any value that is not text, in the larger of its forms. */
const bytesOfOther = 24;

/** Characters that all text of one index may have together. */
export const indexCharactersMax = Math.floor(limits.indexBytes / bytesPerCharacter);

/**
 * Characters that each text without a length of its own may have in an index of these properties (undefined: a system
 * property); with no such text, what is left. Less than 1: the others are too long already.
 */
export function charactersLeft(properties: readonly (PropertyDefinition | undefined)[]): number {
  const isText = (property: PropertyDefinition | undefined) =>
    property !== undefined && kindOf(property) === 'string';
  const lengths = properties.filter(isText).map((property) => lengthMaxOf(property as PropertyDefinition));
  const known = lengths.filter((length) => length !== undefined);
  const others = properties.length - lengths.length;
  const bytes = known.reduce((sum, length) => sum + length * bytesPerCharacter, others * bytesOfOther);
  const shares = Math.max(1, lengths.length - known.length);
  // An index that is full to the last character is fine when no other text wants a part of it.
  const spare = lengths.length === known.length ? bytesPerCharacter : 0;
  return Math.floor((limits.indexBytes + spare - bytes) / bytesPerCharacter / shares);
}

/**
 * The `maxLength` of each indexed text that names none: PostgreSQL would refuse longer ones when they are written, so
 * validation does it before, alike on both databases.
 */
export function impliedMaxLengths(definition: CollectionDefinition): ReadonlyMap<string, number> {
  const { properties } = definition;
  const indexes = [
    ...Object.entries(properties).flatMap(([name, { unique }]) => (unique === true ? [[name]] : [])),
    ...(definition.indexes ?? []).map((index) => namesOf(index)),
  ];
  const implied = new Map<string, number>();
  for (const names of indexes) {
    const left = charactersLeft(names.map((name) => properties[name]));
    for (const name of names) {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (property === undefined || kindOf(property) !== 'string' || lengthMaxOf(property) !== undefined)
        continue;
      implied.set(name, Math.min(left, implied.get(name) ?? left));
    }
  }
  return implied;
}

function namesOf(index: readonly string[] | IndexDefinition): readonly string[] {
  return 'properties' in index ? index.properties : index;
}

function lengthMaxOf(property: PropertyDefinition): number | undefined {
  const values = property.enum ?? (property.const === undefined ? undefined : [property.const as JsonValue]);
  const longest =
    values && Math.max(...values.map((value) => (typeof value === 'string' ? value.length : 0)));
  const lengths = [longest, property.maxLength as number | undefined, lengthOfFormat[property.format ?? '']];
  const known = lengths.filter((length) => length !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
