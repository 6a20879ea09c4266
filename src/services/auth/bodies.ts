import type { FieldError } from '#domain/errors/problem.ts';
import { isObject, type JsonObject } from '#domain/json/value.ts';
import { refusePassword } from '#platform/passwords.ts';
import { pointerTo, report, validationFailed } from '#services/records/index.ts';

/** A member of a body that has not been checked yet; undefined where there is none. */
export function memberOf(body: unknown, name: string): unknown {
  return isObject(body) ? body[name] : undefined;
}

/** The members of a body that is an object. Throws `validation_failed` for anything else. */
export function membersOf(body: unknown): JsonObject {
  if (isObject(body)) return body;
  throw validationFailed([{ pointer: '', code: 'type', detail: 'must be an object' }]);
}

/** A body of exactly these members, all of them texts. Throws `validation_failed` with every member that is not. */
export function readTexts<const Name extends string>(
  body: unknown,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const members = membersOf(body);
  const errors = names.flatMap((name) => refuseText(members, name));
  for (const name of Object.keys(members)) {
    if ((names as readonly string[]).includes(name)) continue;
    report(errors, pointerTo('', name), 'unknown', `only ${names.join(' and ')} can be sent here`);
  }
  if (errors.length > 0) throw validationFailed(errors);
  return members as Readonly<Record<Name, string>>;
}

/** The errors of a member that is to become the password of the account with this address. */
export function refusePasswordIn(members: JsonObject, name: string, address: string | null): FieldError[] {
  const errors = refuseText(members, name);
  if (errors.length > 0) return errors;
  const refusal = refusePassword(members[name] as string, address);
  return refusal ? [{ pointer: pointerTo('', name), ...refusal }] : [];
}

/** The error of a member that must be a text, if it has one. */
function refuseText(members: JsonObject, name: string): FieldError[] {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  const pointer = pointerTo('', name);
  if (value === undefined || value === null) return [{ pointer, code: 'required', detail: 'is required' }];
  return typeof value === 'string' ? [] : [{ pointer, code: 'type', detail: 'must be string' }];
}
