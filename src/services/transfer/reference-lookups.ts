import type { KeyedRecordsRepository, Reader } from '#data/index.ts';
import type { Collection, Model, Property } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { valueOfCell } from './cells.ts';
import { keyProperties, keyText, storedForm } from './key.ts';
import type { PreparedRow } from './prepare.ts';

interface Lookup {
  readonly property: Property;
  readonly target: Collection;
  readonly by: Property;
}

/** Replaces the values by which rows name other records with the ids of those. */
export type ResolveReferences = (reader: Reader, rows: readonly PreparedRow[]) => Promise<void>;

/**
 * `lookups` maps a reference property to a unique property of its target. A value that no record has is an error of its
 * row. Throws `invalid_import` for a property that is no reference, or not unique.
 */
export function createReferenceResolver(
  records: KeyedRecordsRepository,
  model: Model,
  collection: Collection,
  lookups: ReadonlyMap<string, string> = new Map(),
): ResolveReferences {
  const all = Array.from(lookups, ([name, by]) => lookupOf(model, collection, name, by));
  return async (reader, rows) => {
    for (const lookup of all) await resolve(records, reader, lookup, rows);
  };
}

function lookupOf(model: Model, collection: Collection, name: string, by: string): Lookup {
  const property = collection.properties.get(name);
  const target = model.collections.get(property?.reference?.collection ?? '');
  if (property === undefined || target === undefined) {
    throw new Problem('invalid_import', {
      detail: `"${name}" is no reference of ${collection.name}, so nothing can be looked up for it.`,
    });
  }
  return { property, target, by: keyProperties(target, [by])[0] as Property };
}

async function resolve(
  records: KeyedRecordsRepository,
  reader: Reader,
  { property, target, by }: Lookup,
  rows: readonly PreparedRow[],
): Promise<void> {
  const wanted = new Map<string, unknown>();
  const keyOf = ({ body }: PreparedRow) => {
    const raw = body[property.name];
    const value = storedForm(by, typeof raw === 'string' ? valueOfCell(by, raw) : raw);
    return value === undefined ? undefined : { value, text: keyText([value]) };
  };
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== undefined) wanted.set(key.text, key.value);
  }
  const found = await records.findByKeys(
    reader,
    target,
    [by],
    Array.from(wanted.values(), (value) => [value]),
  );
  const ids = new Map(found.map((record) => [keyText([record[by.name]]), record.id]));
  for (const row of rows) {
    const given = row.body[property.name];
    if (given === null || given === undefined) continue;
    const id = ids.get(keyOf(row)?.text ?? '');
    if (id !== undefined) row.body[property.name] = id;
    else
      row.errors.push({
        line: row.line,
        pointer: `/${property.name}`,
        code: 'reference',
        detail: `${target.name} has no record with this ${by.name}`,
      });
  }
}
