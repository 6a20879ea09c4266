import type { EntityTags } from './entity-tags.ts';

/** What has to be true of the record for a request to be carried out. Both, where both are there. */
export interface Precondition {
  /** If-Match: the record is there, in one of these versions. */
  readonly match?: EntityTags;
  /** If-None-Match: the record is not there in any of these versions; `*`: not there at all. */
  readonly noneMatch?: EntityTags;
}

/** What a client asks for that sends neither header; to be told from those who are not asked (import, registration). */
export const unconditional: Precondition = {};

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
