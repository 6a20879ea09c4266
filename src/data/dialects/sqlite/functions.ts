import type BetterSqlite3 from 'better-sqlite3';

export const containsFunction = '_plinth_contains';

/** Defines the functions that expressions need beside those that SQLite has. */
export function defineFunctions(raw: BetterSqlite3.Database): void {
  raw.function(containsFunction, { deterministic: true }, (value: unknown, part: unknown) =>
    typeof value === 'string' && typeof part === 'string' ? Number(contains(value, part)) : null,
  );
}

/** Knuth, Morris and Pratt: no place of the text is looked at twice. */
function contains(text: string, part: string): boolean {
  if (part === '') return true;
  const borders = bordersOf(part);
  let matched = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1] as number;
    if (part.charCodeAt(matched) === unit) matched++;
    if (matched === part.length) return true;
  }
  return false;
}

/** For each beginning of the text, the length of the longest shorter one that it also ends with. */
function bordersOf(part: string): Uint32Array {
  const borders = new Uint32Array(part.length);
  let matched = 0;
  for (let index = 1; index < part.length; index++) {
    const unit = part.charCodeAt(index);
    while (matched > 0 && part.charCodeAt(matched) !== unit) matched = borders[matched - 1] as number;
    if (part.charCodeAt(matched) === unit) matched++;
    borders[index] = matched;
  }
  return borders;
}
