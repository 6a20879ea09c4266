/** Ends a command that has already said everything it has to say. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** The command was not written as it has to be: exit code 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
