/** What is wrong with an expression, and where. The text never holds more than its author wrote and may know. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  /** Offset in the source, from 0, in UTF-16 units. */
  readonly position: number;
  /** The name that was probably meant. The message says so as well. */
  readonly hint: string | undefined;

  constructor(message: string, position: number, hint?: string) {
    super(hint === undefined ? message : `${message} Did you mean "${hint}"?`);
    this.position = position;
    this.hint = hint;
  }
}
