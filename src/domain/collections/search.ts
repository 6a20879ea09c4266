import type { Collection } from './model.ts';

/** The texts of a record that its collection searches (text, and lists of text), for `searchTokens`. */
export function searchTexts(collection: Collection, record: Readonly<Record<string, unknown>>): string[] {
  return collection.search.flatMap((name) => {
    const value = record[name];
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.filter((each) => typeof each === 'string');
  });
}
