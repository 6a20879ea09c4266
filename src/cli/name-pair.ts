import { InvalidArgumentError } from 'commander';

/** Reads `column=property`, added to those before it. The last `=` counts: a column's name may hold one. */
export function namePair(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.lastIndexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Write NAME=PROPERTY.');
  return new Map(before).set(text.slice(0, at), text.slice(at + 1).trim());
}
