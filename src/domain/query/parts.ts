import { invalidQuery } from './invalid-query.ts';

export interface Part {
  readonly text: string;
  /** Offset in the parameter's value. */
  readonly position: number;
}

/** Splits `a,b` into its parts with their places. Throws `invalid_query` for an empty part and for more than `max`. */
export function partsOf(value: string, separator: string, parameter: string, max: number): Part[] {
  const parts: Part[] = [];
  let position = 0;
  for (const text of value.split(separator, max + 1)) {
    if (text === '') throw invalidQuery(parameter, `A name is missing in ${parameter}.`, position);
    parts.push({ text, position });
    position += text.length + separator.length;
  }
  const [tooMany] = parts.slice(max);
  if (tooMany !== undefined)
    throw invalidQuery(parameter, `At most ${max} names fit in ${parameter}.`, tooMany.position);
  return parts;
}
