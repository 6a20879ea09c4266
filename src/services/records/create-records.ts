import type { Database } from '#data/index.ts';
import { bypassesRules, type Principal } from '#domain/access/principal.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import { runBatch } from './batch.ts';
import { WriteRunner } from './commits.ts';
import { list } from './list.ts';
import { createContext, type RecordsContext, type RecordsOptions } from './context.ts';
import { read } from './read.ts';
import type { QueryParameters, RecordResult, RecordsService } from './records.ts';
import { presentOneExpanded } from './expand.ts';
import { methodNotAllowed, Writer } from './write.ts';

/** The service for everything that is done with records. One per process. */
export function createRecords(options: RecordsOptions): RecordsService {
  const parts = createContext(options);
  const commits = new WriteRunner(parts.database);
  const writer = new Writer(parts);
  return {
    list: async (...of) => list(parts, ...of).run(),
    read: async (...of) => read(parts, ...of).run(),
    prepare: { list: (...of) => list(parts, ...of), read: (...of) => read(parts, ...of) },
    ...writes(parts, writer, commits),
    batch: (...of) => runBatch({ parts, writer, commits }, ...of),
    check: (principal, name, body, operation) =>
      parts.collection(name).bodies.check(body, principal, operation),
    observe: (observer) => commits.observe(observer),
    within: {
      create: (...of) => writer.create(...of),
      update: (...of) => writer.update(...of),
      replace: (...of) => writer.replace(...of),
      remove: (...of) => writer.remove(...of),
      present: (principal, name, record) => parts.collection(name).present(record, bypassesRules(principal)),
    },
  };
}

/** Each write in a transaction of its own. */
function writes(
  parts: RecordsContext,
  writer: Writer,
  commits: WriteRunner,
): Pick<RecordsService, 'create' | 'update' | 'replace' | 'remove'> {
  return {
    async create(principal, name, body, parameters, { idempotency } = {}) {
      if (name === usersName) throw methodNotAllowed(['GET', 'HEAD', 'OPTIONS']);
      return commits.run(idempotency, {
        work: (transaction, careful) => writer.create(transaction, principal, name, body, careful),
        changes: () => [],
        answer: answering(parts, principal, name, parameters),
      });
    },
    async update(principal, name, id, patch, parameters, { idempotency, precondition } = {}) {
      return commits.run(idempotency, {
        work: (transaction, careful) =>
          writer.update(transaction, principal, name, id, patch, {
            ...careful,
            ...(precondition && { precondition }),
          }),
        changes: (stored) => [{ collection: name, id: stored.id, removed: false }],
        answer: answering(parts, principal, name, parameters),
      });
    },
    async replace(principal, name, id, body, parameters, { idempotency, precondition } = {}) {
      const answer = answering(parts, principal, name, parameters);
      return commits.run(idempotency, {
        work: (transaction, careful) =>
          writer.replace(transaction, principal, name, id, body, {
            ...careful,
            ...(precondition && { precondition }),
          }),
        changes: ({ record, created }) =>
          created ? [] : [{ collection: name, id: record.id, removed: false }],
        answer: async ({ record, created }, read) => ({ ...(await answer(record, read)), created }),
      });
    },
    async remove(principal, name, id, { idempotency, precondition } = {}) {
      return commits.run(idempotency, {
        work: (transaction, careful) =>
          writer.remove(transaction, principal, name, id, {
            ...careful,
            ...(precondition && { precondition }),
          }),
        changes: () => [{ collection: name, id: id.toLowerCase(), removed: true }],
        answer: () => Promise.resolve(),
      });
    },
  };
}

/** Refuses parameters before anything is written; then answers with what was. */
function answering(parts: RecordsContext, principal: Principal, name: string, parameters: QueryParameters) {
  const target = parts.collection(name);
  const query = target.queries.record(parameters, bypassesRules(principal));
  return (stored: StoredRecord, read: Database['read']): Promise<RecordResult> => {
    if (query.expand.length > 0)
      return read((reader) =>
        presentOneExpanded(
          parts,
          target,
          parts.requestContext(reader, principal, target.model),
          stored,
          query,
        ),
      );
    const { id, version } = stored;
    return Promise.resolve({ id, version, record: target.present(stored, bypassesRules(principal), query) });
  };
}
