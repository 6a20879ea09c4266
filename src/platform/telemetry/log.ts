type LogValue =
  string | number | boolean | null | undefined | readonly LogValue[] | { readonly [name: string]: LogValue };

/** An error goes under `error`, where it is written with stack and causes. Anywhere else JSON would write it as `{}`. */
type LogFields<Fields> = { readonly [Name in keyof Fields]: Name extends 'error' ? unknown : LogValue };

type WriteLine = <Fields extends LogFields<Fields>>(fields: Fields & object, message: string) => void;

/** A structured logger: the fields first, then one sentence. Never a secret in the fields. */
export interface Log {
  readonly debug: WriteLine;
  readonly info: WriteLine;
  readonly warn: WriteLine;
  readonly error: WriteLine;
}
