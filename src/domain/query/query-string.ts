import { nearMiss } from '#domain/near-miss.ts';
import { invalidQuery, shown } from './invalid-query.ts';

/** Query parameters, decoded, each at most once. */
export type QueryParameters = ReadonlyMap<string, string>;

export const noParameters: QueryParameters = new Map();

/**
 * The parameters of a raw query string (the part after `?`), decoded as forms are: percent-encoding is UTF-8, `+` is a
 * space. Throws `invalid_query`, with the parameter, for broken encoding and for a parameter that is there twice.
 */
export function parseQueryString(raw: string): QueryParameters {
  if (raw === '') return noParameters;
  const parameters = new Map<string, string>();
  for (const pair of raw.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const rawName = equals === -1 ? pair : pair.slice(0, equals);
    const name = decode(rawName, rawName);
    const value = equals === -1 ? '' : decode(pair.slice(equals + 1), name);
    if (parameters.has(name)) throw invalidQuery(name, `The parameter "${shown(name)}" is there twice.`);
    parameters.set(name, value);
  }
  return parameters;
}

/** Refuses the first parameter that is not among the known ones; every one where none is known. */
export function refuseUnknown(parameters: QueryParameters, known: readonly string[] = []): void {
  for (const name of parameters.keys()) {
    if (known.includes(name)) continue;
    const hint = nearMiss(name, known);
    const detail = `There is no parameter "${shown(name)}" here.`;
    throw invalidQuery(name, hint === undefined ? detail : `${detail} Did you mean "${hint}"?`);
  }
}

function decode(text: string, parameter: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw invalidQuery(parameter, 'Broken percent-encoding of UTF-8.');
  }
}
