import { appendToPointer } from '#domain/json/pointer.ts';
import { nearMiss } from '#domain/near-miss.ts';
import type { Mistake } from './mistake.ts';

/** A place in a definition file, and where mistakes found there are noted. */
export class Place {
  readonly #mistakes: Mistake[];
  readonly #file: string;
  readonly pointer: string;

  constructor(mistakes: Mistake[], file: string, pointer = '') {
    this.#mistakes = mistakes;
    this.#file = file;
    this.pointer = pointer;
  }

  /** A place inside this one (RFC 6901). */
  at(...keys: readonly (string | number)[]): Place {
    return new Place(this.#mistakes, this.#file, appendToPointer(this.pointer, ...keys));
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
