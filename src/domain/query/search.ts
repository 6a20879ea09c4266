import { invalidQuery } from './invalid-query.ts';
import { searchTokens } from './search-tokens.ts';

const wordsMax = 16;

/** One word of `q`, as it stands in the search table. */
export interface SearchWord {
  readonly token: string;
  /** `word*`: every word that begins so. */
  readonly prefix: boolean;
}

/** `blue whale*`: the words that a record must all have. Throws `invalid_query` when there are none, or too many. */
export function parseSearch(value: string): readonly SearchWord[] {
  const words = new Map<string, SearchWord>();
  for (const piece of value.split(/\s+/u)) {
    const tokens = searchTokens([piece]);
    for (const [index, token] of tokens.entries()) {
      const prefix = piece.endsWith('*') && index === tokens.length - 1;
      words.set(`${token}${prefix ? '*' : ''}`, { token, prefix });
    }
  }
  if (words.size === 0) throw invalidQuery('q', 'q has no word to look for.');
  if (words.size > wordsMax) throw invalidQuery('q', `q has more than ${wordsMax} words.`);
  return [...words.values()];
}
