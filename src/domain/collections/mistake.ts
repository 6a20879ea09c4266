/** Something wrong in a definition file. */
export interface Mistake {
  readonly file: string;
  /** RFC 6901 pointer to the place; '' is the whole file. */
  readonly pointer: string;
  /** What is wrong, as a sentence without a full stop; ends in the near miss where there is one. */
  readonly detail: string;
}

/** One line for each mistake: `tasks.json /properties/title/maxLenght: unknown keyword "maxLenght" (did you mean "maxLength"?)`. */
export function describeMistakes(mistakes: readonly Mistake[]): string {
  return mistakes
    .map(({ file, pointer, detail }) => `${file}${pointer === '' ? '' : ` ${pointer}`}: ${detail}`)
    .join('\n');
}
