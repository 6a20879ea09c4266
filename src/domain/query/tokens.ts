const tokenLengthMax = 64;
const notInAWord = /[^\p{L}\p{M}\p{N}]+/u;

/**
 * The words of some texts, for full-text search: Unicode NFKC, lower case, split on everything that is not a letter, mark
 * or digit, each at most 64 characters (code points), each once, in order of appearance. What is stored and what is
 * asked for go through here, so both databases answer alike.
 */
export function searchTokens(values: readonly string[]): string[] {
  const words = new Set<string>();
  for (const value of values) {
    for (const word of value.normalize('NFKC').toLowerCase().split(notInAWord)) {
      if (word !== '') words.add(cut(word));
    }
  }
  return [...words];
}

function cut(word: string): string {
  return word.length <= tokenLengthMax ? word : [...word].slice(0, tokenLengthMax).join('');
}
