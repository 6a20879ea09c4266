import type { Collection, Property } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { nearMiss } from '#domain/near-miss.ts';

/** The property of a name in the file; null for a column that is left out, undefined for an unknown one. */
export type Columns = (name: string) => Property | null | undefined;

/**
 * Matches the names in a file to properties. In this order: `map`; the same name; the only property whose name is the
 * same when case and everything but letters and digits is ignored ("US Gross" → usGross). Throws `invalid_import` for a
 * `map` that names no property.
 */
export function matchColumns(collection: Collection, map: ReadonlyMap<string, string> = new Map()): Columns {
  const known = new Map<string, Property | null | undefined>();
  for (const [name, property] of map)
    known.set(name, property === '' ? null : propertyNamed(collection, property));
  const byBareName = Map.groupBy(collection.properties.values(), ({ name }) => bare(name));
  return (name) => {
    if (known.has(name)) return known.get(name);
    // `bare` may come out empty: a header of another alphabet must not match every other such header.
    const alike = bare(name) === '' ? undefined : byBareName.get(bare(name));
    const found = collection.properties.get(name) ?? (alike?.length === 1 ? alike[0] : undefined);
    if (known.size < 1_000) known.set(name, found);
    return found;
  };
}

/** Throws `invalid_import` with every mistake of a header: unknown names, one property twice. */
export function checkHeader(collection: Collection, columns: Columns, header: readonly string[]): void {
  const mistakes: string[] = [];
  const taken = new Map<string, string>();
  for (const name of header) {
    const property = columns(name);
    if (property === null) continue;
    if (property === undefined) {
      mistakes.push(unknownColumn(collection, name));
      continue;
    }
    const other = taken.get(property.name);
    if (other !== undefined) mistakes.push(`The columns "${other}" and "${name}" are both ${property.name}.`);
    taken.set(property.name, name);
  }
  if (mistakes.length > 0) throw new Problem('invalid_import', { detail: mistakes.join('\n') });
}

/** The error sentence for a column that names no property, with the near miss and the option that maps it. */
export function unknownColumn(collection: Collection, name: string): string {
  const near = nearMiss(name, collection.properties.keys());
  const meant = near === undefined ? '' : ` (did you mean ${near}?)`;
  return `The column "${name}" is no property of ${collection.name}${meant}. Name the property with --map "${name}=…", or leave the column out with --map "${name}=".`;
}

function propertyNamed(collection: Collection, name: string): Property {
  const property = collection.properties.get(name);
  if (property !== undefined) return property;
  const near = nearMiss(name, collection.properties.keys());
  throw new Problem('invalid_import', {
    detail: `"${name}" is no property of ${collection.name}${near === undefined ? '' : `; did you mean ${near}?`}`,
  });
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}
