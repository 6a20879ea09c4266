import type { Collection } from '#domain/collections/model.ts';

const tokenLengthMax = 64;
/** Words of one record that can be found: each is a row, and a long text must not hold the writer up. */
const tokensMax = 5_000;
const notInAWord = /[^\p{L}\p{M}\p{N}]+/u;

/**
 * The words of some texts, for full-text search: Unicode NFKC, lower case, split on everything that is not a letter, mark
 * or digit, each at most 64 characters (code points), each once, in order of appearance, the first 5,000. Stored texts
 * and searches both go through here, so both databases answer alike.
 */
export function searchTokens(values: readonly string[]): string[] {
  const words = new Set<string>();
  for (const value of values) {
    for (const word of value.normalize('NFKC').toLowerCase().split(notInAWord)) {
      if (word !== '') words.add(cut(word));
      if (words.size === tokensMax) return [...words];
    }
  }
  return [...words];
}

function cut(word: string): string {
  return word.length <= tokenLengthMax ? word : [...word].slice(0, tokenLengthMax).join('');
}

/** The words by which a record is found: those of the properties that its collection searches, text and lists of text. */
export function recordTokens(collection: Collection, record: Readonly<Record<string, unknown>>): string[] {
  return searchTokens(
    collection.search.flatMap((name) => {
      const value = record[name];
      const values: unknown[] = Array.isArray(value) ? value : [value];
      return values.filter((each) => typeof each === 'string');
    }),
  );
}
