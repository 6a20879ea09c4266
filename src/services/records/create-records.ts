import type { Database } from '#data/index.ts';
import type { Caller } from '#domain/access/caller.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/users.ts';
import { runBatch } from './batch.ts';
import { Commits } from './commits.ts';
import { list } from './list.ts';
import { createParts, type RecordParts, type RecordsOptions } from './parts.ts';
import { read } from './read.ts';
import type { QueryParameters, RecordAnswer, RecordsService } from './records.ts';
import { showOne } from './show.ts';
import { methodNotAllowed, Writer } from './write.ts';

/** The service for everything that is done with records. One per process. */
export function createRecords(options: RecordsOptions): RecordsService {
  const parts = createParts(options);
  const commits = new Commits(parts.database);
  const writer = new Writer(parts);
  return {
    list: async (...of) => list(parts, ...of).answer(),
    read: async (...of) => read(parts, ...of).answer(),
    prepare: { list: (...of) => list(parts, ...of), read: (...of) => read(parts, ...of) },
    ...writes(parts, writer, commits),
    batch: (...of) => runBatch({ parts, writer, commits }, ...of),
    check: (caller, name, body, operation) => parts.target(name).bodies.check(body, caller, operation),
    observe: (observer) => commits.observe(observer),
    inUnit: {
      create: (...of) => writer.create(...of),
      update: (...of) => writer.update(...of),
      replace: (...of) => writer.replace(...of),
      remove: (...of) => writer.remove(...of),
      present: (caller, name, record) => parts.target(name).present(record, caller.admin),
    },
  };
}

/** Each write in a unit of its own. */
function writes(
  parts: RecordParts,
  writer: Writer,
  commits: Commits,
): Pick<RecordsService, 'create' | 'update' | 'replace' | 'remove'> {
  /** Refuses parameters before anything is written; then answers with what was. */
  function answering(caller: Caller, name: string, parameters: QueryParameters) {
    const target = parts.target(name);
    const query = target.queries.record(parameters, caller.admin);
    return (stored: StoredRecord, read: Database['read']): Promise<RecordAnswer> => {
      if (query.expand.length > 0)
        return read((session) =>
          showOne(parts, target, parts.situation(session, caller, target.model), stored, query),
        );
      const { id, version } = stored;
      return Promise.resolve({ id, version, record: target.present(stored, caller.admin, query) });
    };
  }

  return {
    async create(caller, name, body, parameters, { journal } = {}) {
      if (name === usersName) throw methodNotAllowed(['GET', 'HEAD', 'OPTIONS']);
      return commits.carryOut(journal, {
        work: (unit, careful) => writer.create(unit, caller, name, body, careful),
        changes: () => [],
        answer: answering(caller, name, parameters),
      });
    },
    async update(caller, name, id, patch, parameters, { journal, precondition } = {}) {
      return commits.carryOut(journal, {
        work: (unit, careful) =>
          writer.update(unit, caller, name, id, patch, { ...careful, ...(precondition && { precondition }) }),
        changes: (stored) => [{ collection: name, id: stored.id, removed: false }],
        answer: answering(caller, name, parameters),
      });
    },
    async replace(caller, name, id, body, parameters, { journal, precondition } = {}) {
      const answer = answering(caller, name, parameters);
      return commits.carryOut(journal, {
        work: (unit, careful) =>
          writer.replace(unit, caller, name, id, body, { ...careful, ...(precondition && { precondition }) }),
        changes: ({ record, created }) =>
          created ? [] : [{ collection: name, id: record.id, removed: false }],
        answer: async ({ record, created }, read) => ({ ...(await answer(record, read)), created }),
      });
    },
    async remove(caller, name, id, { journal, precondition } = {}) {
      return commits.carryOut(journal, {
        work: (unit, careful) =>
          writer.remove(unit, caller, name, id, { ...careful, ...(precondition && { precondition }) }),
        changes: () => [{ collection: name, id: id.toLowerCase(), removed: true }],
        answer: () => Promise.resolve(),
      });
    },
  };
}
