import type { JsonObject } from '#domain/json/value.ts';
import type { DefinitionReporter } from './definition-reporter.ts';

/** Checks one value of a definition and reports its faults. */
export type Check = (value: unknown, reporter: DefinitionReporter) => void;

export const anything: Check = () => undefined;

export const boolean: Check = (value, reporter) => {
  if (typeof value !== 'boolean') reporter.report('must be true or false');
};

export const finiteNumber: Check = (value, reporter) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) reporter.report('must be a number');
};

export const positiveNumber: Check = (value, reporter) => {
  if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
    reporter.report('must be a number above 0');
};

export const count: Check = (value, reporter) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) reporter.report('must be an integer, 0 or more');
};

export function text(charactersMax: number): Check {
  return (value, reporter) => {
    if (typeof value !== 'string') reporter.report('must be a string');
    else if (value.length > charactersMax)
      reporter.report(`must not be longer than ${charactersMax} characters`);
  };
}

/** A list without repetition; each entry is checked at its own place. */
export function listOf(check: Check, entriesMax: number, entriesMin = 0): Check {
  return (value, reporter) => {
    if (!Array.isArray(value)) {
      reporter.report('must be a list');
      return;
    }
    if (value.length > entriesMax) {
      reporter.report(`must not have more than ${entriesMax} entries`);
      return;
    }
    if (value.length < entriesMin) reporter.report('must not be empty');
    const seen = new Set<string>();
    for (const [index, entry] of value.entries()) {
      check(entry, reporter.at(index));
      const key = JSON.stringify(entry);
      if (seen.has(key)) reporter.at(index).report('is in the list already');
      seen.add(key);
    }
  };
}

/** Every keyword of an object by its check; one that is not in the table is a mistake. */
export function checkKeywords(
  value: JsonObject,
  reporter: DefinitionReporter,
  checks: ReadonlyMap<string, Check>,
): void {
  for (const [keyword, content] of Object.entries(value)) {
    const check = checks.get(keyword);
    if (check === undefined) reporter.at(keyword).reportUnknown('unknown keyword', keyword, checks.keys());
    else check(content, reporter.at(keyword));
  }
}
