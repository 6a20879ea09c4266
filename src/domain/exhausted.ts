/** Ends a match over a union: a member that no case handles does not compile. */
export function exhausted(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
