/** The fault of an expression and its position. The text never holds more than its author wrote and may know. */
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

/** A name as it was written, in quotes; the beginning of it if it is endless. */
export const quoted = (name: string): string => `"${name.length > 64 ? `${name.slice(0, 64)}…` : name}"`;
