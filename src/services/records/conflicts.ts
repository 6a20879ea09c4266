import { ReferenceViolation, UniqueViolation, type Referrer } from '#data/index.ts';
import type { ReadAccess } from '#domain/access/read-access.ts';
import { foreignKeyName } from '#domain/collections/names.ts';
import type { Collection, Model, StoredRecord } from '#domain/collections/model.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { pointerTo } from './field-errors.ts';
import type { WriteContext, Written } from './context.ts';

/** 409 for a unique value that is taken, a reference that leads nowhere, a record that is referred to. */
function conflict(errors: readonly FieldError[], cause?: unknown): Problem {
  const referred = errors.some(({ code }) => code === 'referenced');
  const detail = referred ? 'Other records refer to this one' : 'A value conflicts with other records';
  return new Problem('conflict', { detail, errors, ...(cause !== undefined && { cause }) });
}

/** Looks for everything that a change would conflict with, and throws all of it. */
export async function refuseConflicts(write: WriteContext, { before, after }: Written): Promise<void> {
  const errors = after === undefined ? await referrersOf(write, before.id) : await conflictsOf(write, after);
  if (errors.length > 0) throw conflict(errors);
}

/** The error for a change that the database refused: a problem for a conflict, the error itself for all else. */
export async function explain(
  write: WriteContext,
  { before, after }: Written,
  error: unknown,
): Promise<unknown> {
  if (after === undefined)
    return error instanceof ReferenceViolation
      ? conflict(await referrersOf(write, before.id, error.constraint), error)
      : error;
  if (error instanceof UniqueViolation) return conflict(takenBy(write.compiled.collection, error), error);
  if (error instanceof ReferenceViolation)
    return conflict(await missingFrom(write, after, error.constraint), error);
  return error;
}

async function conflictsOf(write: WriteContext, record: StoredRecord): Promise<FieldError[]> {
  const { context, compiled, transaction } = write;
  const missing = await missingFrom(write, record);
  const taken = await context.stored.takenIndexes(transaction, compiled.collection, record);
  const properties = new Set(taken.flatMap((index) => index.properties));
  return [...missing, ...[...properties].map(takenValue)];
}

function takenBy({ indexes }: Collection, { constraint, columns }: UniqueViolation): FieldError[] {
  const index = indexes.find(({ name }) => name === constraint);
  return (index?.properties ?? columns ?? ['id']).map(takenValue);
}

/** A database that does not name the reference leaves the transaction usable, so it can be asked. */
async function missingFrom(
  { context, compiled: { collection }, transaction }: WriteContext,
  record: StoredRecord,
  constraint?: string,
): Promise<FieldError[]> {
  const missing =
    constraint === undefined
      ? await context.stored.missingReferences(transaction, collection, record)
      : referencesOf(collection).filter(({ name }) => foreignKeyName(collection.name, name) === constraint);
  return missing.map(({ name }) => missingReference(name));
}

/** The references that keep a record from deletion. Unreadable records are not named: that would reveal them. */
async function referrersOf(
  { context, compiled: { collection, model }, transaction, access }: WriteContext,
  id: string,
  constraint?: string,
): Promise<FieldError[]> {
  const referrers =
    constraint === undefined
      ? await context.stored.referrers(transaction, model, collection.name, id)
      : referrersNamed(model, constraint);
  const errors = referrers.map((each) => (isNamed(model, each, access) ? referredBy(each) : referredByAny));
  return errors.filter((error, index) => error !== referredByAny || errors.indexOf(error) === index);
}

/** Of a collection whose rule lets only some records be read, the one that refers may be among the others. */
function isNamed(model: Model, { collection, property }: Referrer, access: ReadAccess): boolean {
  const isPrivate = model.collections.get(collection)?.properties.get(property)?.private !== false;
  return access.condition(collection, 'read') === true && (access.admin || !isPrivate);
}

function referrersNamed(model: Model, constraint: string): Referrer[] {
  return [...model.collections.values()].flatMap((collection) =>
    referencesOf(collection)
      .filter(({ name }) => foreignKeyName(collection.name, name) === constraint)
      .map(({ name }) => ({ collection: collection.name, property: name })),
  );
}

function referencesOf({ properties }: Collection) {
  return [...properties.values()].filter(({ reference }) => reference !== undefined);
}

function takenValue(property: string): FieldError {
  return { pointer: pointerTo('', property), code: 'unique', detail: 'is taken by another record' };
}

function missingReference(property: string): FieldError {
  return {
    pointer: pointerTo('', property),
    code: 'reference',
    detail: 'refers to a record that does not exist',
  };
}

const referredByAny: FieldError = {
  pointer: '/id',
  code: 'referenced',
  detail: 'is referred to by another record',
};

function referredBy({ collection, property }: Referrer): FieldError {
  return { pointer: '/id', code: 'referenced', detail: `is referred to by "${property}" of "${collection}"` };
}
