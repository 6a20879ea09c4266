import { repetitionOf, type Repetition } from './pattern-repetition.ts';

/** Trying a pattern at every position of a text is quadratic by itself. */
const patternedLengthMax = 4_000;
/** The same for a pattern that may take quadratic time from each position. */
const ambiguousLengthMax = 256;

/** Longest text, in UTF-16 units, that a pattern is tried on; longer text does not match. */
export function patternedLengthMaxOf(source: string): number {
  return longestFor(repetitionOf(source));
}

export function longestFor(repetition: Repetition): number {
  return repetition === 'polynomial' ? ambiguousLengthMax : patternedLengthMax;
}
