import type { StoredRecord } from '#domain/collections/model.ts';
import { Problem } from '#domain/errors/problem.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { CreateOperation, WriteOperation } from '#domain/operations.ts';
import { isMatchMet, isNoneMatchMet } from '#domain/preconditions/precondition.ts';
import { authorise, findReadable, refuseOutright, refuseUncreatable } from './authorise.ts';
import { explain, refuseConflicts } from './conflicts.ts';
import type { WriteContext, Written } from './context.ts';
import { validationFailed } from './field-errors.ts';

/** The record that a write is about. */
interface Found {
  readonly id: string;
  /** Undefined also for a record that the principal may not read. */
  readonly before: StoredRecord | undefined;
  /** There is a record of this id, whether the principal may read it or not. */
  readonly isTaken: boolean;
}

type StoringOperation = Exclude<WriteOperation, { readonly kind: 'delete' }>;

/** One write, within its transaction: find → precondition → validate → authorise → store. */
export async function write(operation: WriteOperation, context: WriteContext): Promise<Written> {
  const found = await find(operation, context);
  refuseUnlessMet(operation, found, context);
  const written = operation.kind === 'delete' ? deletionOf(found) : validate(operation, found, context);
  await authoriseChange(written, found, context);
  await store(operation, written, context);
  return written;
}

/** Finds and locks the record. Throws `not_found`; refuses a record that may not be changed or deleted at all. */
async function find(operation: WriteOperation, context: WriteContext): Promise<Found> {
  if (operation.kind === 'create')
    return { id: newId(operation, context), before: undefined, isTaken: false };
  const id = parseUuid(operation.id);
  if (id === undefined) throw new Problem('not_found');
  const isTaken = operation.kind !== 'replace' || (await isThere(id, context));
  const before = isTaken ? await findReadable(context, id, { forChange: true }) : undefined;
  if (before === undefined && operation.kind !== 'replace') throw new Problem('not_found');
  if (before !== undefined && operation.kind === 'delete') await authorise(context, 'delete', before);
  if (before !== undefined && operation.kind !== 'delete') await authorise(context, 'update', before, before);
  return { id, before, isTaken };
}

function newId({ id }: CreateOperation, { context }: WriteContext): string {
  const chosen = id === undefined ? context.ids.next() : parseUuid(id);
  if (chosen !== undefined) return chosen;
  throw validationFailed([{ pointer: '/id', code: 'format', detail: 'must be a UUID' }]);
}

async function isThere(id: string, { context, compiled, transaction }: WriteContext): Promise<boolean> {
  const record = await context.stored.find(transaction, compiled.collection, id, { forChange: true });
  return record !== undefined;
}

/** 412 for a record that is not as the client says, 428 where it has to say. */
function refuseUnlessMet(operation: WriteOperation, { before }: Found, { compiled }: WriteContext): void {
  if (operation.kind === 'create' || operation.precondition === undefined) return;
  const { precondition } = operation;
  const { version } = before ?? {};
  if (!isMatchMet(precondition, version) || !isNoneMatchMet(precondition, version))
    throw new Problem('precondition_failed');
  const { requireIfMatch = false } = compiled.collection.definition;
  if (requireIfMatch && before !== undefined && precondition.match === undefined)
    throw new Problem('precondition_required');
}

function deletionOf({ before }: Found): Written {
  if (before === undefined) throw new Problem('not_found');
  return { before, after: undefined };
}

/** The record as it will be. Throws `validation_failed`; a PUT that creates is refused as every new record is. */
function validate(operation: StoringOperation, { id, before }: Found, context: WriteContext): Written {
  const { compiled, principal, options } = context;
  const { bodies, collection } = compiled;
  const now = context.now.toISOString();
  if (before === undefined) {
    if (operation.kind === 'replace') {
      refuseUncreatable(collection, options);
      refuseOutright(context, options);
    }
    const values = bodies.forCreate(operation.body, id, principal, options);
    return { before, after: { id, createdAt: now, updatedAt: now, version: 1, ...values } };
  }
  const { createdAt } = before;
  const version = before.version + 1;
  const values =
    operation.kind === 'update'
      ? bodies.forUpdate(operation.body, before, principal, options)
      : bodies.forReplace(operation.body, before, principal, options);
  return { before, after: { id, createdAt, updatedAt: now, version, ...values } };
}

/** A principal that may create records learns of a hidden one no more than that it is not found. */
async function authoriseChange(
  { before, after }: Written,
  { isTaken }: Found,
  context: WriteContext,
): Promise<void> {
  if (after === undefined) return;
  await authorise(context, before === undefined ? 'create' : 'update', after, before);
  if (before === undefined && isTaken) throw new Problem('not_found');
}

/** Inserts, updates or deletes. A refusal of the database becomes a problem that names the conflicts. */
async function store(operation: WriteOperation, written: Written, write: WriteContext): Promise<void> {
  const { before, after } = written;
  const { stored } = write.context;
  const { transaction, compiled, within } = write;
  const { collection } = compiled;
  if (within.findAllConflicts === true) await refuseConflicts(write, written);
  try {
    if (before === undefined) await stored.insert(transaction, collection, after);
    else if (after === undefined) await stored.remove(transaction, compiled.model, collection, before.id);
    else await stored.update(transaction, collection, before, after);
  } catch (error) {
    const explained = await explain(write, written, error);
    throw isLate(operation, explained) ? new Problem('precondition_failed') : explained;
  }
}

/** Of several that create a record of one id with `If-None-Match: *` at once, the late ones find it there. */
function isLate(operation: WriteOperation, problem: unknown): boolean {
  if (operation.kind !== 'replace' || operation.precondition?.noneMatch === undefined) return false;
  return (
    problem instanceof Problem && problem.details.errors?.some(({ pointer }) => pointer === '/id') === true
  );
}
