import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { refusePassword } from '#platform/passwords.ts';

const errorsMax = 100;
const nameLengthMax = 128;

/** A parsed JSON object. */
export type Members = Readonly<Record<string, unknown>>;

export function isObject(body: unknown): body is Members {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** The members of a body that is an object. Throws `validation_failed` for anything else. */
export function membersOf(body: unknown): Members {
  if (isObject(body)) return body;
  throw invalidBody([{ pointer: '', code: 'type', detail: 'must be object' }]);
}

/** A body of exactly these members, all of them texts. Throws `validation_failed` with every member that is not. */
export function readTexts<const Name extends string>(
  body: unknown,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const members = membersOf(body);
  const errors = names.flatMap((name) => refuseText(members, name));
  for (const name of Object.keys(members)) {
    if (!(names as readonly string[]).includes(name)) {
      errors.push({ pointer: pointerTo(name), code: 'unknown', detail: 'is not known here' });
    }
  }
  if (errors.length > 0) throw invalidBody(errors);
  return members as Readonly<Record<Name, string>>;
}

/** What is wrong with a member that is to become a password. */
export function refusePasswordIn(members: Members, name: string): FieldError[] {
  const errors = refuseText(members, name);
  if (errors.length > 0) return errors;
  const refusal = refusePassword(members[name] as string);
  return refusal ? [{ pointer: pointerTo(name), ...refusal }] : [];
}

/** What is wrong with a member that must be a text: nothing, or one error. */
function refuseText(members: Members, name: string): FieldError[] {
  const value = Object.hasOwn(members, name) ? members[name] : undefined;
  if (value === undefined || value === null) {
    return [{ pointer: pointerTo(name), code: 'required', detail: 'is required' }];
  }
  if (typeof value !== 'string')
    return [{ pointer: pointerTo(name), code: 'type', detail: 'must be string' }];
  return [];
}

/** 422 with what is wrong; a body can make it long, but not without bound. */
export function invalidBody(found: readonly FieldError[]): Problem {
  const errors = found.slice(0, errorsMax);
  const detail =
    errors.length === 1 ? '1 property is not valid' : `${errors.length} properties are not valid`;
  return new Problem('validation_failed', { detail, errors });
}

/** RFC 6901, section 3. An over-long name is cut: errors do not echo bodies. */
function pointerTo(name: string): string {
  const short = name.length <= nameLengthMax ? name : `${name.slice(0, nameLengthMax)}…`;
  return `/${short.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
