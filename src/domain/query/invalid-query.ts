import { Problem } from '#domain/errors/problem.ts';

const shownLengthMax = 64;

/** 400 `invalid_query`: the parameter, its fault in one sentence, and the position (an offset in its value, from 0). */
export function invalidQuery(parameter: string, detail: string, position?: number): Problem {
  return new Problem('invalid_query', {
    detail,
    parameter: shown(parameter),
    ...(position !== undefined && { position }),
  });
}

/** The sentence for a name that does not exist for this caller; `candidates` must hold visible names only. */
export function unknownName(name: string, where: string, hint: string | undefined): string {
  const sentence = `"${where}" has no property "${shown(name)}".`;
  return hint === undefined ? sentence : `${sentence} Did you mean "${hint}"?`;
}

/** A caller's text as an error may repeat it. */
export function shown(text: string): string {
  return text.length <= shownLengthMax ? text : `${text.slice(0, shownLengthMax)}…`;
}

/** Names in a sentence: `"a"`, or `"a", "b"`. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
