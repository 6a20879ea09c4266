/** A structured logger: the fields first, then one sentence. pino's own logger fits. Never a secret in the fields. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
