/** Comments and texts, which may use any word; a template's text goes with its expressions. */
const notCode = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const comments = /\/\*[^]*?\*\/|(?<=^|\s)\/\/[^\n]*/g;

/** The names that a source uses, with the words that they are made of: `latestReplyOn` has latest, reply and on. */
export function identifiersIn(source: string): ReadonlyMap<string, readonly string[]> {
  const code = source.replaceAll(notCode, ' ');
  const names = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  return new Map([...names].map((name) => [name, wordsOf(name)]));
}

export function commentsIn(source: string): readonly string[] {
  return source.match(comments) ?? [];
}

function wordsOf(name: string): readonly string[] {
  const words = name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  return words.map((word) => word.toLowerCase());
}
