import { Problem } from '#domain/errors/problem.ts';
import type { QueryParameters } from '#services/records/index.ts';

/** Most UTF-16 units of a request target (path and query) that are accepted; more is 414. */
export const targetLengthMax = 8192;

const none: QueryParameters = new Map();

/** The path of a request target, without query and fragment, as it was sent. */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/u);
  return end === -1 ? target : target.slice(0, end);
}

/**
 * The parameters of a raw query string (the part after `?`), decoded as forms are: percent-encoding is UTF-8, `+` is a
 * space. Throws `invalid_query`, with the parameter, for broken encoding and for a parameter that is there twice.
 */
export function parseQuery(raw: string): QueryParameters {
  if (raw === '') return none;
  const parameters = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const rawName = equals === -1 ? pair : pair.slice(0, equals);
    const name = decode(rawName, rawName);
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1), name);
    if (parameters.has(name)) {
      throw new Problem('invalid_query', {
        detail: `The parameter "${name}" is there twice`,
        parameter: name,
      });
    }
    parameters.set(name, value);
  }
  return parameters;
}

function decode(text: string, parameter: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new Problem('invalid_query', { detail: 'Broken percent-encoding of UTF-8', parameter });
  }
}

/** For routes without parameters of their own: refuses every one, by name. */
export function refuseQuery(raw: string): void {
  for (const parameter of parseQuery(raw).keys()) {
    throw new Problem('invalid_query', { detail: `There is no parameter "${parameter}" here`, parameter });
  }
}
