/** A place in a statement that is filled each time it runs. */
export class Slot {
  readonly name: string;
  /** Will hold an id, in the one form that ids have. */
  readonly isId: boolean;

  constructor(name: string, { isId = false } = {}) {
    this.name = name;
    this.isId = isId;
  }
}
