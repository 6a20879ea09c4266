import type { Principal } from '#domain/access/principal.ts';
import type { Collection, Property, StoredRecord } from '#domain/collections/model.ts';
import type { FieldError } from '#domain/errors/problem.ts';
import { isReadable } from '#domain/expressions/shape.ts';
import { digitsOf } from '#domain/json/digits.ts';
import type { JsonValue } from '#domain/json/value.ts';
import { kinds, publishedSchema } from '#domain/kinds/kinds.ts';
import { nearMiss } from '#domain/near-miss.ts';
import { shown } from '#domain/query/invalid-query.ts';
import { isFull, pointerTo, report, validationFailed } from '../field-errors.ts';
import { compileSchemas, type SchemaCheck } from './json-schema.ts';
import { mergePatch } from './merge-patch.ts';
import { fullAllowance, normalise } from './normalise.ts';
import { valueReader, type ValueReader } from './property-value.ts';
import {
  asNew,
  asPatch,
  asPatchOfAny,
  asReplacement,
  checkFixed,
  defaultsToUser,
  refuseAdminOnly,
  type BodyOptions,
  type GivenValues,
  type ReadMode,
  type ValueOf,
} from './read-mode.ts';

/** The own (not system) properties of a record, each present, in stored form. */
export type OwnValues = Readonly<Record<string, JsonValue>>;

interface ReadBody {
  readonly given: GivenValues;
  readonly values: OwnValues;
  readonly errors: readonly FieldError[];
}

/**
 * Turns request bodies into the values to store, one method for each way to write. Each throws `validation_failed` with
 * everything that is wrong, or `forbidden` for a property that only an admin may change. Compiled once for each model.
 */
export class BodyReader {
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
      Object.fromEntries(this.#own.map((each) => [each.name, publishedSchema(each)])),
    );
    this.#defaults = new Map(this.#own.map((each) => [each.name, this.#storedDefault(each)]));
  }

  /** A new record of this id; absent properties get their defaults. */
  forCreate(body: unknown, id: string, principal: Principal, options: BodyOptions = {}): OwnValues {
    return this.#accept(body, asNew(id, principal, this.#initial(principal), options));
  }

  /** PUT on a stored record: an absent property gets its default, unless the principal could not have sent it. */
  forReplace(
    body: unknown,
    stored: StoredRecord,
    principal: Principal,
    options: BodyOptions = {},
  ): OwnValues {
    return this.#accept(body, asReplacement(stored, principal, this.#initial(principal), options));
  }

  /** JSON Merge Patch (RFC 7396) on a stored record. */
  forUpdate(
    patch: unknown,
    stored: StoredRecord,
    principal: Principal,
    options: BodyOptions = {},
  ): OwnValues {
    return this.#accept(patch, asPatch(stored, principal, options));
  }

  /** All that is wrong with a new record, or with a patch of one that is not known. Nothing is thrown. */
  check(body: unknown, principal: Principal, operation: 'create' | 'update'): readonly FieldError[] {
    const mode =
      operation === 'update'
        ? asPatchOfAny(principal)
        : { ...asNew('', principal, this.#initial(principal), {}), system: {} };
    return this.#read(body, mode).errors;
  }

  #accept(body: unknown, mode: ReadMode): OwnValues {
    const { values, errors, given } = this.#read(body, mode);
    if (errors.length > 0) throw validationFailed(errors);
    refuseAdminOnly(given, mode);
    return values;
  }

  #initial({ user }: Principal): ValueOf {
    return (property) =>
      defaultsToUser(property) ? (user?.id ?? null) : (this.#defaults.get(property.name) ?? null);
  }

  #storedDefault(property: Property): JsonValue {
    const value = normalise(property.default ?? null, '', [], fullAllowance());
    return this.#readers.get(property.name)?.(value, '', []) ?? null;
  }

  #read(body: unknown, mode: ReadMode): ReadBody {
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

  #given(body: object, mode: ReadMode, errors: FieldError[]): GivenValues {
    const given = new Map<Property, JsonValue | undefined>();
    const allowance = fullAllowance();
    for (const name of Object.keys(body)) {
      // The list of errors is full: the body is refused, and its other members are not read.
      if (isFull(errors)) break;
      const member = (body as Readonly<Record<string, unknown>>)[name];
      const property = this.#collection.properties.get(name);
      if (property === undefined) {
        this.#reportUnknown(name, errors);
        continue;
      }
      const pointer = pointerTo('', name);
      const count = errors.length;
      const raw: unknown = kinds[property.kind].readsDigits ? (digitsOf(body, name) ?? member) : member;
      const value = normalise(raw, pointer, errors, allowance);
      const merged = isMerged(property, mode)
        ? normalise(mergePatch(mergeTarget(property, mode), value), pointer, errors, fullAllowance())
        : value;
      const stored = this.#readers.get(name)?.(merged, pointer, errors);
      given.set(property, errors.length > count ? undefined : stored);
    }
    return given;
  }

  #reportUnknown(name: string, errors: FieldError[]): void {
    const writable = this.#own.filter((property) => !property.private && !property.readOnly);
    const hint = nearMiss(
      name,
      writable.map((property) => property.name),
    );
    const detail = `"${this.#collection.name}" has no property "${shown(name)}"`;
    report(
      errors,
      pointerTo('', name),
      'unknown',
      hint === undefined ? detail : `${detail}; did you mean "${hint}"?`,
    );
  }
}

function isMerged({ kind }: Property, { patches }: ReadMode): boolean {
  return patches && kind === 'json';
}

/** Objects of a patch merge into the stored value, if the principal may see it. */
function mergeTarget(property: Property, { isAdmin, fixed }: ReadMode): JsonValue {
  return isReadable(property, isAdmin) ? fixed(property) : null;
}
