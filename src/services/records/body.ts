import { isReadable } from '#domain/expressions/shape.ts';
import { isSameJson } from '#domain/json/canonical.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { Caller } from '#domain/access/caller.ts';
import type { Collection, Property, StoredRecord } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { nearMiss } from '#domain/near-miss.ts';
import { shown } from '#domain/query/invalid-query.ts';
import { pointerTo, report, validationFailed } from './field-errors.ts';
import { compileSchemas, type SchemaCheck } from './json-schema.ts';
import { mergePatch } from './merge-patch.ts';
import { fullAllowance, normalise } from './normalise.ts';
import { valueReader, type ValueReader } from './property-value.ts';

/** The own (not system) properties of a record, each present, in stored form. */
export type OwnValues = Readonly<Record<string, JsonValue>>;

/**
 * Turns request bodies into the values to store, one for each way to write. Each throws `validation_failed` with
 * everything that is wrong, or `forbidden` for a property that only an admin may change.
 */
export interface BodyReader {
  /** A new record: defaults fill what is absent. `id` is the one it will have. */
  forCreate(body: unknown, caller: Caller, id: string, options?: BodyOptions): OwnValues;
  /** PUT on a stored record: what is absent gets its default, unless the caller could not have sent it. */
  forReplace(body: unknown, caller: Caller, stored: StoredRecord, options?: BodyOptions): OwnValues;
  /** JSON Merge Patch (RFC 7396) on a stored record. */
  forUpdate(patch: unknown, caller: Caller, stored: StoredRecord, options?: BodyOptions): OwnValues;
  /** All that is wrong with a new record, or with a patch of one that is not known. Nothing is thrown. */
  check(body: unknown, caller: Caller, operation: 'create' | 'update'): readonly FieldError[];
}

export interface BodyOptions {
  /** For imports: what clients cannot change is taken from the body all the same. */
  readonly readOnly?: 'writable';
}

type ValueOf = (property: Property) => JsonValue;

type Given = ReadonlyMap<Property, JsonValue | undefined>;

interface Mode {
  readonly caller: Caller;
  /** What a property has that the body leaves out. */
  readonly fallback: ValueOf;
  /** What system properties may be repeated as. */
  readonly system: Readonly<Record<string, JsonValue>>;
  /** What a readOnly property already has, or will have. */
  readonly fixed: ValueOf;
  /** Merges objects into what is there; and what is not named is not looked at. */
  readonly patches: boolean;
  /** What may only be repeated, not changed. */
  readonly isFixed: (property: Property) => boolean;
}

interface Reading {
  readonly given: Given;
  readonly values: OwnValues;
  readonly errors: readonly FieldError[];
}

/** Compiles everything that reading bodies of a collection needs: once for each model. */
export function compileBodies(collection: Collection): BodyReader {
  return new Bodies(collection);
}

class Bodies implements BodyReader {
  readonly #collection: Collection;
  readonly #own: readonly Property[];
  readonly #readers: ReadonlyMap<string, ValueReader>;
  readonly #checkSchemas: SchemaCheck;
  readonly #defaults: ReadonlyMap<string, JsonValue>;

  constructor(collection: Collection) {
    const properties = [...collection.properties.values()];
    this.#collection = collection;
    this.#own = properties.filter(({ system }) => !system);
    this.#readers = new Map(properties.map((each) => [each.name, valueReader(collection, each)]));
    this.#checkSchemas = compileSchemas(
      Object.fromEntries(this.#own.map((each) => [each.name, each.schema])),
    );
    this.#defaults = new Map(this.#own.map((each) => [each.name, this.#storedDefault(each)]));
  }

  forCreate(body: unknown, caller: Caller, id: string, options: BodyOptions = {}): OwnValues {
    const fallback = this.#initial(caller);
    const isFixed = fixedIn(options);
    return this.#accept(body, { caller, fallback, system: { id }, fixed: fallback, patches: false, isFixed });
  }

  forReplace(body: unknown, caller: Caller, stored: StoredRecord, options: BodyOptions = {}): OwnValues {
    const kept = valueIn(stored);
    const asNew = this.#initial(caller);
    const fallback = (property: Property) => (couldBeSent(property, caller) ? asNew : kept)(property);
    const isFixed = fixedIn(options);
    return this.#accept(body, { caller, fallback, system: stored, fixed: kept, patches: false, isFixed });
  }

  forUpdate(patch: unknown, caller: Caller, stored: StoredRecord, options: BodyOptions = {}): OwnValues {
    const kept = valueIn(stored);
    const isFixed = fixedIn(options);
    return this.#accept(patch, {
      caller,
      fallback: kept,
      system: stored,
      fixed: kept,
      patches: true,
      isFixed,
    });
  }

  check(body: unknown, caller: Caller, operation: 'create' | 'update'): readonly FieldError[] {
    const patches = operation === 'update';
    const fallback = patches ? () => null : this.#initial(caller);
    const isFixed = patches ? () => false : fixedIn({});
    return this.#read(body, { caller, fallback, system: {}, fixed: fallback, patches, isFixed }).errors;
  }

  #accept(body: unknown, mode: Mode): OwnValues {
    const { values, errors, given } = this.#read(body, mode);
    if (errors.length > 0) throw validationFailed(errors);
    checkAdminOnly(given, mode);
    return values;
  }

  #initial(caller: Caller): ValueOf {
    return (property) =>
      isCaller(property) ? (caller.user?.id ?? null) : (this.#defaults.get(property.name) ?? null);
  }

  #storedDefault(property: Property): JsonValue {
    const value = normalise(property.default ?? null, '', [], fullAllowance());
    return this.#readers.get(property.name)?.(value, '', []) ?? null;
  }

  #read(body: unknown, mode: Mode): Reading {
    const errors: FieldError[] = [];
    const values: Record<string, JsonValue> = {};
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      report(errors, '', 'type', 'must be an object');
      return { given: new Map(), values, errors };
    }
    const given = this.#given(body, mode, errors);
    const toCheck: Record<string, JsonValue> = {};
    for (const property of this.#own) {
      const isGiven = given.has(property);
      const value = isGiven ? given.get(property) : mode.fallback(property);
      values[property.name] = value ?? null;
      if (value === null && property.required && (isGiven || !mode.patches))
        report(errors, pointerTo('', property.name), 'required', 'is required');
      else if (isGiven && value !== undefined && value !== null) toCheck[property.name] = value;
    }
    checkFixed(given, mode, errors);
    this.#checkSchemas(toCheck, errors);
    return { given, values, errors };
  }

  /** What the body says of each property it names; undefined where that has been reported as wrong. */
  #given(body: object, mode: Mode, errors: FieldError[]): Given {
    const given = new Map<Property, JsonValue | undefined>();
    const allowance = fullAllowance();
    for (const [name, raw] of Object.entries(body)) {
      const property = this.#collection.properties.get(name);
      const pointer = pointerTo('', name);
      if (property === undefined) {
        this.#reportUnknown(name, pointer, errors);
        continue;
      }
      const count = errors.length;
      const value = merged(property, normalise(raw, pointer, errors, allowance), pointer, mode, errors);
      const stored = this.#readers.get(name)?.(value, pointer, errors);
      given.set(property, errors.length > count ? undefined : stored);
    }
    return given;
  }

  #reportUnknown(name: string, pointer: string, errors: FieldError[]): void {
    const writable = this.#own.filter((property) => !property.private && !property.readOnly);
    const hint = nearMiss(
      name,
      writable.map((property) => property.name),
    );
    const detail = `"${this.#collection.name}" has no property "${shown(name)}"`;
    report(errors, pointer, 'unknown', hint === undefined ? detail : `${detail}; did you mean "${hint}"?`);
  }
}

/** The value of a patch's member: objects merge into what is there, if the caller may see what that is. */
function merged(
  property: Property,
  value: JsonValue,
  pointer: string,
  { patches, fixed, caller }: Mode,
  errors: FieldError[],
): JsonValue {
  if (!patches || property.kind !== 'json') return value;
  const target = isReadable(property, caller.admin) ? fixed(property) : null;
  return normalise(mergePatch(target, value), pointer, errors, fullAllowance());
}

function fixedIn({ readOnly }: BodyOptions): Mode['isFixed'] {
  return (property) => (readOnly === 'writable' ? property.system : property.readOnly);
}

function valueIn(stored: StoredRecord): ValueOf {
  return (property) => stored[property.name] ?? null;
}

/** What the caller may not read or change keeps its value in a PUT: who sends back what they got loses nothing. */
function couldBeSent(property: Property, caller: Caller): boolean {
  return !property.readOnly && isReadable(property, caller.admin) && (caller.admin || !property.adminOnly);
}

/** `"default": "$user"`. */
function isCaller(property: Property): boolean {
  return property.default === '$user' && property.reference?.collection === usersName;
}

function checkFixed(given: Given, { caller, system, fixed, isFixed }: Mode, errors: FieldError[]): void {
  for (const [property, value] of given) {
    if (!isFixed(property) || value === undefined) continue;
    const there = property.system ? (system[property.name] ?? null) : fixed(property);
    // Whoever may not read it must not find its value out by trying.
    if (isReadable(property, caller.admin) && isSameJson(value, there)) continue;
    report(errors, pointerTo('', property.name), 'readOnly', 'cannot be changed');
  }
}

function checkAdminOnly(given: Given, { caller, fixed }: Mode): void {
  if (caller.admin) return;
  const errors: FieldError[] = [];
  for (const [property, value] of given) {
    if (!property.adminOnly) continue;
    if (isReadable(property, false) && value !== undefined && isSameJson(value, fixed(property))) continue;
    report(errors, pointerTo('', property.name), 'forbidden', 'can only be changed by an admin');
  }
  if (errors.length > 0) throw new Problem('forbidden', { detail: 'Only an admin may change this', errors });
}
