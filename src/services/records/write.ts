import type { Transaction } from '#data/index.ts';
import type { Principal } from '#domain/access/principal.ts';
import type { RuleName } from '#domain/collections/definition.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { Problem } from '#domain/errors/problem.ts';
import { isMatchMet, isNoneMatchMet } from '#domain/preconditions/precondition.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { OwnValues } from './body/body-reader.ts';
import { explainRemove, explainWrite, refuseConflicts, refuseReferred } from './conflicts.ts';
import { validationFailed } from './field-errors.ts';
import type { RecordsContext, RequestContext, CompiledCollection } from './context.ts';
import type { RecordWriter, WriteOptions } from './records.ts';
import { denied, findReadable, isRefusedOutright, permits } from './rules.ts';

/** The writer with one option of its own. */
export type UnitWriter = Omit<RecordWriter, 'present'>;

/** One write: everything that its steps need to know. */
interface Write extends RequestContext {
  readonly transaction: Transaction;
  readonly target: CompiledCollection;
  readonly options: WriteOptions;
}

/** The four ways to write a record, within a transaction. */
export class Writer implements UnitWriter {
  readonly #parts: RecordsContext;

  constructor(parts: RecordsContext) {
    this.#parts = parts;
  }

  async create(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<StoredRecord> {
    const write = this.#begin(transaction, principal, collection, options);
    return this.#create(write, body, options.id ?? this.#parts.ids.next());
  }

  async update(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    id: string,
    patch: unknown,
    options: WriteOptions = {},
  ): Promise<StoredRecord> {
    const write = this.#begin(transaction, principal, collection, options);
    const stored = await this.#findToWrite(write, 'update', id);
    refuseUnlessMet(write, stored);
    return this.#change(write, stored, write.target.bodies.forUpdate(patch, stored, principal, options));
  }

  async replace(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    id: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<{ record: StoredRecord; created: boolean }> {
    const newId = parseUuid(id);
    if (newId === undefined) throw new Problem('not_found');
    const write = this.#begin(transaction, principal, collection, options);
    const there = await this.#parts.stored.find(transaction, write.target.collection, newId, {
      forChange: true,
    });
    const stored = there && (await this.#find(write, id));
    if (stored === undefined) {
      refuseUnlessMet(write, undefined);
      const record = await this.#createAt(write, body, newId, { isTaken: there !== undefined });
      return { record, created: true };
    }
    await this.#refuseUnlessPermitted(write, 'update', stored, stored);
    refuseUnlessMet(write, stored);
    const values = write.target.bodies.forReplace(body, stored, principal, options);
    return { record: await this.#change(write, stored, values), created: false };
  }

  async remove(
    transaction: Transaction,
    principal: Principal,
    collection: string,
    id: string,
    options: WriteOptions = {},
  ): Promise<void> {
    const write = this.#begin(transaction, principal, collection, options);
    const { target } = write;
    const stored = await this.#findToWrite(write, 'delete', id);
    refuseUnlessMet(write, stored);
    if (options.findAllConflicts === true) await refuseReferred(this.#parts, target, transaction, stored.id);
    try {
      await this.#parts.stored.remove(transaction, target.model, target.collection, stored.id);
    } catch (error) {
      await explainRemove(this.#parts, target, transaction, stored.id, error);
    }
  }

  #begin(transaction: Transaction, principal: Principal, collection: string, options: WriteOptions): Write {
    const target = this.#parts.collection(collection);
    return {
      ...this.#parts.requestContext(transaction, principal, target.model),
      transaction,
      target,
      options,
    };
  }

  async #create(write: Write, body: unknown, id: string): Promise<StoredRecord> {
    const { principal, target, options } = write;
    if (!isSkipped(options, 'create') && isRefusedOutright(target, write, 'create')) throw denied(principal);
    const newId = parseUuid(id);
    if (newId === undefined)
      throw validationFailed([{ pointer: '/id', code: 'format', detail: 'must be a UUID' }]);
    const record = this.#newRecord(write, body, newId);
    await this.#refuseUnlessPermitted(write, 'create', record);
    await this.#guarded(write, record, () =>
      this.#parts.stored.insert(write.transaction, target.collection, record),
    );
    return record;
  }

  /** PUT where the caller sees nothing: what is there unseen is refused as the rule would, or else is not found. */
  async #createAt(
    write: Write,
    body: unknown,
    id: string,
    { isTaken }: { isTaken: boolean },
  ): Promise<StoredRecord> {
    const { principal, target } = write;
    if (target.collection.name === usersName && !isSkipped(write.options, 'create'))
      throw methodNotAllowed(['GET', 'HEAD', 'OPTIONS']);
    if (!isTaken) return this.#create(write, body, id).catch((error: unknown) => throwIfLate(write, error));
    if (isRefusedOutright(target, write, 'create')) throw denied(principal);
    await this.#refuseUnlessPermitted(write, 'create', this.#newRecord(write, body, id));
    throw new Problem('not_found');
  }

  #newRecord({ principal, target, now, options }: Write, body: unknown, id: string): StoredRecord {
    const values = target.bodies.forCreate(body, id, principal, options);
    const createdAt = now.toISOString();
    return { id, createdAt, updatedAt: createdAt, version: 1, ...values };
  }

  async #change(write: Write, stored: StoredRecord, values: OwnValues): Promise<StoredRecord> {
    const { transaction, target, now } = write;
    const { id, createdAt, version } = stored;
    const record = { id, createdAt, updatedAt: now.toISOString(), version: version + 1, ...values };
    await this.#refuseUnlessPermitted(write, 'update', record, stored);
    await this.#guarded(write, record, () =>
      this.#parts.stored.update(transaction, target.collection, stored, record),
    );
    return record;
  }

  /** Runs a statement that other records can conflict with, and says what does. */
  async #guarded(
    { transaction, target, options }: Write,
    record: StoredRecord,
    run: () => Promise<void>,
  ): Promise<void> {
    if (options.findAllConflicts === true) await refuseConflicts(this.#parts, target, transaction, record);
    try {
      await run();
    } catch (error) {
      await explainWrite(this.#parts, target, transaction, record, error);
    }
  }

  async #find(write: Write, id: string): Promise<StoredRecord | undefined> {
    const { transaction, target, options } = write;
    if (options.skipRule !== true) return findReadable(this.#parts, target, write, id, { forChange: true });
    const wanted = parseUuid(id);
    return wanted === undefined
      ? undefined
      : this.#parts.stored.find(transaction, target.collection, wanted, { forChange: true });
  }

  async #findToWrite(write: Write, rule: 'update' | 'delete', id: string): Promise<StoredRecord> {
    const stored = await this.#find(write, id);
    if (stored === undefined) throw new Problem('not_found');
    await this.#refuseUnlessPermitted(write, rule, stored, rule === 'update' ? stored : undefined);
    return stored;
  }

  async #refuseUnlessPermitted(
    write: Write,
    rule: 'create' | 'update' | 'delete',
    record: StoredRecord,
    previous?: StoredRecord,
  ): Promise<void> {
    if (isSkipped(write.options, rule)) return;
    const isPermitted = await permits(this.#parts, write.target, write, rule, record, previous);
    if (!isPermitted) throw denied(write.principal);
  }
}

/** 412 for a record that is not as the client says, 428 where it has to say; `stored` is what the client sees there. */
function refuseUnlessMet(
  { target, options: { precondition } }: Write,
  stored: StoredRecord | undefined,
): void {
  if (precondition === undefined) return;
  const { version } = stored ?? {};
  if (!isMatchMet(precondition, version) || !isNoneMatchMet(precondition, version))
    throw new Problem('precondition_failed');
  const { requireIfMatch = false } = target.collection.definition;
  if (requireIfMatch && stored !== undefined && precondition.match === undefined)
    throw new Problem('precondition_required');
}

/** Of many who create under one id with `If-None-Match: *` at once, those who come late find a record there. */
function throwIfLate({ options }: Write, error: unknown): never {
  const isLate = error instanceof Problem && error.details.errors?.some(({ pointer }) => pointer === '/id');
  throw isLate === true && options.precondition?.noneMatch !== undefined
    ? new Problem('precondition_failed')
    : error;
}

function isSkipped({ skipRule }: WriteOptions, rule: RuleName): boolean {
  return skipRule === true || skipRule === rule;
}

/** 405 for a record that can only come to be in another way: people register. */
export function methodNotAllowed(allow: readonly string[]): Problem {
  return new Problem('method_not_allowed', {
    detail: 'People register, or are created by the command line',
    allow,
  });
}
