import { ReferenceViolation, UniqueViolation, type Transaction } from '#data/index.ts';
import { foreignKeyName } from '#domain/collections/names.ts';
import type { Collection, Model, StoredRecord } from '#domain/collections/model.ts';
import { Problem, type FieldError } from '#domain/errors/problem.ts';
import { pointerTo } from './field-errors.ts';
import type { RecordsContext, CompiledCollection } from './context.ts';

/** 409 for a unique value that is taken, a reference that leads nowhere, a record that is referred to. */
function conflict(errors: readonly FieldError[], cause?: unknown): Problem {
  const referred = errors.some(({ code }) => code === 'referenced');
  const detail = referred ? 'Other records refer to this one' : 'A value conflicts with other records';
  return new Problem('conflict', { detail, errors, ...(cause !== undefined && { cause }) });
}

/** Whether a write failed for what is stored: tried again with `careful`, all reasons are told, not the first. */
export function isWorthExplaining(error: unknown): boolean {
  if (!(error instanceof Problem) || error.code !== 'conflict') return false;
  return error.cause instanceof UniqueViolation || error.cause instanceof ReferenceViolation;
}

/** Looks for every reason why a record cannot be written, and throws them. */
export async function refuseConflicts(
  { stored }: RecordsContext,
  { collection }: CompiledCollection,
  transaction: Transaction,
  record: StoredRecord,
): Promise<void> {
  const missing = await stored.missingReferences(transaction, collection, record);
  const taken = await stored.takenIndexes(transaction, collection, record);
  const errors = [
    ...missing.map(({ name }) => missingReference(name)),
    ...new Set(taken.flatMap(({ properties }) => properties)).values().map(takenValue),
  ];
  if (errors.length > 0) throw conflict(errors);
}

/** Looks for every reason why a record cannot be deleted, and throws them. */
export async function refuseReferred(
  { stored }: RecordsContext,
  { collection, model }: CompiledCollection,
  transaction: Transaction,
  id: string,
): Promise<void> {
  const referrers = await stored.referrers(transaction, model, collection.name, id);
  if (referrers.length > 0)
    throw conflict(referrers.map((each) => referredBy(each.collection, each.property)));
}

/** A refused write as a problem, by what the database says of it. Anything else is thrown as it is. */
export async function explainWrite(
  { stored }: RecordsContext,
  { collection }: CompiledCollection,
  transaction: Transaction,
  record: StoredRecord,
  error: unknown,
): Promise<never> {
  if (error instanceof UniqueViolation) {
    const index = collection.indexes.find(({ name }) => name === error.constraint);
    const properties = index?.properties ?? error.columns ?? ['id'];
    throw conflict(properties.map(takenValue), error);
  }
  if (!(error instanceof ReferenceViolation)) throw error;
  // A database that does not name the reference leaves the transaction usable, so it can be asked.
  const missing =
    error.constraint === undefined
      ? await stored.missingReferences(transaction, collection, record)
      : referencesOf(collection).filter(
          ({ name }) => foreignKeyName(collection.name, name) === error.constraint,
        );
  throw conflict(
    missing.map(({ name }) => missingReference(name)),
    error,
  );
}

/** A refused deletion as a problem. Anything else is thrown as it is. */
export async function explainRemove(
  { stored }: RecordsContext,
  { collection, model }: CompiledCollection,
  transaction: Transaction,
  id: string,
  error: unknown,
): Promise<never> {
  if (!(error instanceof ReferenceViolation)) throw error;
  const referrers =
    error.constraint === undefined
      ? await stored.referrers(transaction, model, collection.name, id)
      : referrersNamed(model, error.constraint);
  throw conflict(
    referrers.map((each) => referredBy(each.collection, each.property)),
    error,
  );
}

function referrersNamed(model: Model, constraint: string) {
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

function referredBy(collection: string, property: string): FieldError {
  return { pointer: '/id', code: 'referenced', detail: `is referred to by "${property}" of "${collection}"` };
}
