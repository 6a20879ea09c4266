import { appendToPointer } from '#domain/json/pointer.ts';
import { nearMiss } from '#domain/near-miss.ts';

/** Something wrong in a definition file. */
export interface Mistake {
  readonly file: string;
  /** RFC 6901 pointer to the place; '' is the whole file. */
  readonly pointer: string;
  /** The fault, as a sentence without a full stop; ends in the near miss where there is one. */
  readonly detail: string;
}

/** A place in a definition file, and where mistakes found there are noted. */
export class DefinitionReporter {
  readonly #mistakes: Mistake[];
  readonly #file: string;
  readonly pointer: string;

  constructor(mistakes: Mistake[], file: string, pointer = '') {
    this.#mistakes = mistakes;
    this.#file = file;
    this.pointer = pointer;
  }

  /** A place inside this one (RFC 6901). */
  at(...keys: readonly (string | number)[]): DefinitionReporter {
    return new DefinitionReporter(this.#mistakes, this.#file, appendToPointer(this.pointer, ...keys));
  }

  report(detail: string): void {
    this.#mistakes.push({ file: this.#file, pointer: this.pointer, detail });
  }

  /** A name that does not exist: says which one was probably meant. */
  reportUnknown(what: string, name: string, candidates: Iterable<string>): void {
    const meant = nearMiss(name, candidates);
    this.report(`${what} "${name}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`);
  }

  /** How many mistakes there are so far, in all files. */
  get mistakes(): number {
    return this.#mistakes.length;
  }
}

/** One line for each mistake: `tasks.json /properties/title/maxLenght: unknown keyword "maxLenght" (did you mean "maxLength"?)`. */
export function describeMistakes(mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ file, pointer, detail }) => `${file}${pointer === '' ? '' : ` ${pointer}`}: ${detail}`)
    .join('\n');
}
