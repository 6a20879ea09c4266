import { repetitionOf } from './pattern-repetition.ts';
import type { Place } from './place.ts';

/** Longest text that a pattern may be tried on. Trying it at every position is quadratic by itself. */
const patternedLengthMax = 1_000;
/** The same for a pattern that may take quadratic time from each position. */
const ambiguousLengthMax = 250;

/**
 * A pattern is tried on text that strangers send, by an engine that goes back and tries again: it must not be able to
 * take long. `maxLength` is what stands beside it, undefined if nothing does (then longer text than 1,000 characters does
 * not match), or 'any' where the length is not bounded.
 */
export function checkPattern(source: string, maxLength: unknown, place: Place): void {
  const wrong = syntaxError(source);
  if (wrong !== undefined) {
    place.report(`is not a regular expression: ${wrong}`);
    return;
  }
  if (typeof maxLength === 'number' && maxLength > patternedLengthMax) {
    place.report(`needs a "maxLength" of ${patternedLengthMax} or less beside it`);
    return;
  }
  const repetition = repetitionOf(source);
  if (repetition === 'not supported') {
    place.report(
      'is too large, or refers back to a group or looks around, so how long it takes cannot be told',
    );
  } else if (repetition === 'exponential') {
    place.report(
      'can take endless time: a repetition inside a repetition, or two alternatives, match the same text',
    );
  } else if (repetition === 'polynomial' && !(Number(maxLength) <= ambiguousLengthMax)) {
    place.report(
      maxLength === 'any'
        ? 'can take long: two repetitions in it match the same text'
        : `needs a "maxLength" of ${ambiguousLengthMax} or less: two repetitions in it match the same text, which can take long`,
    );
  }
}

function syntaxError(source: string): string | undefined {
  try {
    return void RegExp(source, 'u');
  } catch (error) {
    return (error as Error).message.replace(/^.*\/u: /s, '');
  }
}
