import { parseQueryString, refuseUnknown } from '#domain/query/query-string.ts';

/** Most UTF-16 units of a request target (path and query) that are accepted; more is 414. */
export const targetLengthMax = 8192;

/** The path of a request target, without query and fragment, as it was sent. */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/u);
  return end === -1 ? target : target.slice(0, end);
}

/** For routes without parameters: refuses every one, by name. `raw` is the query string as it was sent. */
export function refuseQuery(raw: string): void {
  refuseUnknown(parseQueryString(raw));
}
