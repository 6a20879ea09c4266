import { longestFor } from './repetition.ts';
import { repetitionOf } from './repetition.ts';
import type { DefinitionReporter } from '../check/definition-reporter.ts';

/**
 * A pattern is tried on text that strangers send, by an engine that goes back and tries again: it must not be able to
 * take long. `maxLength` is the keyword beside it, undefined if there is none (see patterned-length.ts), or 'any' where
 * the length is not bounded.
 */
export function checkPattern(source: string, maxLength: unknown, reporter: DefinitionReporter): void {
  const wrong = syntaxError(source);
  if (wrong !== undefined) {
    reporter.report(`is not a regular expression: ${wrong}`);
    return;
  }
  const repetition = repetitionOf(source);
  if (repetition === 'not supported') {
    reporter.report(
      'is too large, or refers back to a group or looks around, so how long it takes cannot be told',
    );
  } else if (repetition === 'exponential') {
    reporter.report(
      'can take endless time: a repetition inside a repetition, or two alternatives, match the same text',
    );
  } else if (repetition === 'polynomial' && maxLength === 'any') {
    reporter.report('can take long: two repetitions in it match the same text');
  } else if (typeof maxLength === 'number' && maxLength > longestFor(repetition)) {
    reporter.report(`needs a "maxLength" of ${longestFor(repetition)} or less beside it`);
  }
}

function syntaxError(source: string): string | undefined {
  try {
    return void RegExp(source, 'u');
  } catch (error) {
    return (error as Error).message.replace(/^.*\/u: /s, '');
  }
}
