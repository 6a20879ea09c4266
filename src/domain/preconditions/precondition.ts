import { Problem } from '#domain/errors/problem.ts';
import { parseEntityTags, type EntityTags } from './entity-tags.ts';

/** The condition of an operation on the record that it is about. Both hold, where both are there. */
export interface Precondition {
  /** If-Match: the record is there, in one of these versions. */
  readonly match?: EntityTags;
  /** If-None-Match: the record is not there in any of these versions; `*`: not there at all. */
  readonly noneMatch?: EntityTags;
}

/** The condition of a client that sends neither header. Imports and registration have none at all. */
export const unconditional: Precondition = {};

interface ConditionalHeaders {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

/** If-Match and If-None-Match (RFC 9110, 13.1). Throws `malformed_request` unless both are lists of entity tags. */
export function preconditionOf(headers: ConditionalHeaders): Precondition {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match === undefined && noneMatch === undefined) return unconditional;
  return {
    ...(match !== undefined && { match: tagsOf('If-Match', match) }),
    ...(noneMatch !== undefined && { noneMatch: tagsOf('If-None-Match', noneMatch) }),
  };
}

function tagsOf(name: string, value: string): EntityTags {
  const tags = parseEntityTags(value);
  if (tags !== undefined) return tags;
  throw new Problem('malformed_request', {
    detail: `${name} must be * or entity tags such as "3", with the quotes`,
  });
}

/** If-Match, with the strong comparison (RFC 9110, 13.1.1). `version` is undefined where there is no record. */
export function isMatchMet({ match }: Precondition, version: number | undefined): boolean {
  if (match === undefined) return true;
  if (version === undefined) return false;
  return match === '*' || match.some(({ value, weak }) => !weak && value === String(version));
}

/** If-None-Match, with the weak comparison (RFC 9110, 13.1.2). `version` is undefined where there is no record. */
export function isNoneMatchMet({ noneMatch }: Precondition, version: number | undefined): boolean {
  if (noneMatch === undefined || version === undefined) return true;
  return noneMatch !== '*' && noneMatch.every(({ value }) => value !== String(version));
}
