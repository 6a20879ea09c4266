/**
 * What an operator or a collection author did that cannot be carried out: a bad setting, a broken definition,
 * a destructive change without leave. Commands print `message` on standard error and exit with 1.
 * The message is one or more complete sentences and says what to do.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
