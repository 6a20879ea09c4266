/** Ends a command. The message goes to standard error; without one the command has said everything already. */
export class Exit extends Error {
  override readonly name = 'Exit';
  /** 1: refused or failed. 2: the command was not written as it has to be. */
  readonly code: 1 | 2;

  constructor(code: Exit['code'], message = '') {
    super(message);
    this.code = code;
  }
}
