import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { Property, StoredRecord } from '#domain/collections/model.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { isReadable } from '#domain/expressions/shape.ts';
import { isSameJson } from '#domain/json/canonical.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { pointerTo, report } from '../field-errors.ts';

export type ValueOf = (property: Property) => JsonValue;

/** The value of each property that a body names; undefined where it has been reported as wrong. */
export type GivenValues = ReadonlyMap<Property, JsonValue | undefined>;

export interface BodyOptions {
  /** For registration: the body may set admin-only properties, since registration has removed or checked them. */
  readonly isAuthorised?: true;
  /** For imports: properties that clients cannot change are taken from the body as well. */
  readonly readOnly?: 'writable';
}

/** The way to read a body: as a new record, in the place of a stored one, or as a merge patch of it. */
export interface ReadMode {
  /** The principal passes every rule and sees private properties. */
  readonly isAdmin: boolean;
  /** Properties that only an admin may change are taken from the body. */
  readonly mayChangeAll: boolean;
  /** The value of a property that the body leaves out. */
  readonly fallback: ValueOf;
  /** The values that system properties may be repeated with. */
  readonly system: Readonly<Record<string, JsonValue>>;
  /** The value that a readOnly property already has, or will have. */
  readonly fixed: ValueOf;
  /** A merge patch: objects merge into the stored ones, and properties that are not named are not looked at. */
  readonly patches: boolean;
  /** Properties that may only be repeated, not changed. */
  readonly isFixed: (property: Property) => boolean;
}

/** A new record with this id: absent properties get their defaults. */
export function asNew(id: string, principal: Principal, initial: ValueOf, options: BodyOptions): ReadMode {
  return {
    isAdmin: bypassesRules(principal),
    mayChangeAll: bypassesRules(principal) || options.isAuthorised === true,
    fallback: initial,
    system: { id },
    fixed: initial,
    patches: false,
    isFixed: fixedIn(options),
  };
}

/** A record in the place of a stored one. A property that the principal may not read or change keeps its value. */
export function asReplacement(
  stored: StoredRecord,
  principal: Principal,
  initial: ValueOf,
  options: BodyOptions,
): ReadMode {
  const isAdmin = bypassesRules(principal);
  const kept = valueIn(stored);
  return {
    isAdmin,
    mayChangeAll: isAdmin,
    fallback: (property) => (couldBeSent(property, isAdmin) ? initial : kept)(property),
    system: stored,
    fixed: kept,
    patches: false,
    isFixed: fixedIn(options),
  };
}

/** A merge patch of a stored record. */
export function asPatch(stored: StoredRecord, principal: Principal, options: BodyOptions): ReadMode {
  const kept = valueIn(stored);
  return {
    isAdmin: bypassesRules(principal),
    mayChangeAll: bypassesRules(principal),
    fallback: kept,
    system: stored,
    fixed: kept,
    patches: true,
    isFixed: fixedIn(options),
  };
}

/** A merge patch of a record that is not known: every property may be changed. */
export function asPatchOfAny(principal: Principal): ReadMode {
  const nothing = () => null;
  return {
    isAdmin: bypassesRules(principal),
    mayChangeAll: bypassesRules(principal),
    fallback: nothing,
    system: {},
    fixed: nothing,
    patches: true,
    isFixed: () => false,
  };
}

/** `"default": "$user"`. */
export function defaultsToUser(property: Property): boolean {
  return property.default === '$user' && property.reference?.collection === usersName;
}

/** Reports properties that must stay as they are, and differ. */
export function checkFixed(given: GivenValues, mode: ReadMode, errors: FieldError[]): void {
  for (const [property, value] of given) {
    if (!mode.isFixed(property) || value === undefined) continue;
    const there = property.system ? (mode.system[property.name] ?? null) : mode.fixed(property);
    // A value that the principal may not read must not be found out by trying.
    if (isReadable(property, mode.isAdmin) && isSameJson(value, there)) continue;
    report(errors, pointerTo('', property.name), 'readOnly', 'cannot be changed');
  }
}

/** Throws `forbidden` for properties that only an admin may change. */
export function refuseAdminOnly(given: GivenValues, { mayChangeAll, fixed }: ReadMode): void {
  if (mayChangeAll) return;
  const errors: FieldError[] = [];
  for (const [property, value] of given) {
    if (!property.adminOnly) continue;
    if (isReadable(property, false) && value !== undefined && isSameJson(value, fixed(property))) continue;
    report(errors, pointerTo('', property.name), 'forbidden', 'can only be changed by an admin');
  }
  if (errors.length > 0) throw new Problem('forbidden', { detail: 'Only an admin may change this', errors });
}

/** A record that was read can be sent back in a PUT without a loss: properties that it could not hold are kept. */
function couldBeSent(property: Property, isAdmin: boolean): boolean {
  return !property.readOnly && isReadable(property, isAdmin) && (isAdmin || !property.adminOnly);
}

function fixedIn({ readOnly }: BodyOptions): ReadMode['isFixed'] {
  return (property) => (readOnly === 'writable' ? property.system : property.readOnly);
}

function valueIn(stored: StoredRecord): ValueOf {
  return (property) => stored[property.name] ?? null;
}
