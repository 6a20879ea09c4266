/** `"3"` is strong, `W/"3"` is weak (RFC 9110, 8.8.3). `value` is without the quotes. */
export interface EntityTag {
  readonly value: string;
  readonly weak: boolean;
}

/** The value of If-Match or If-None-Match: any existing record, or one with one of these tags. */
export type EntityTags = '*' | readonly EntityTag[];

/** Each is tried at one place only, and none can read the same text in two ways: the time is linear in the length. */
const beginning = /[ \t,]*/y;
const tag = /(W\/)?"([!#-~\u0080-\uFFFF]*)"/y;
const separator = /[ \t]*,[ \t,]*/y;

/** A record's entity tag: its version in quotes. */
export function entityTagOf(version: number): string {
  return `"${version}"`;
}

/** Reads `*`, or a list of tags with commas between them; undefined for anything else. */
export function parseEntityTags(text: string): EntityTags | undefined {
  if (text.trim() === '*') return '*';
  const tags: EntityTag[] = [];
  let place = endOf(beginning, text, 0) as number;
  while (place < text.length) {
    tag.lastIndex = place;
    const found = tag.exec(text);
    if (found === null) return undefined;
    tags.push({ value: found[2] as string, weak: found[1] !== undefined });
    const end = tag.lastIndex;
    const next = endOf(separator, text, end);
    if (next === undefined) return text.slice(end).trim() === '' ? tags : undefined;
    place = next;
  }
  return tags.length === 0 ? undefined : tags;
}

/** Where a match that begins at `place` ends. */
function endOf(pattern: RegExp, text: string, place: number): number | undefined {
  pattern.lastIndex = place;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
