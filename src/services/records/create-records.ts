import type { Caller } from '#domain/access/caller.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import { usersName } from '#domain/collections/users.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import { runBatch } from './batch.ts';
import { Commits } from './commits.ts';
import { list } from './list.ts';
import { createParts, type RecordParts, type RecordsOptions, type Target } from './parts.ts';
import { read } from './read.ts';
import type { RecordAnswer, RecordsService } from './records.ts';
import { showOne } from './show.ts';
import { methodNotAllowed, Writer } from './write.ts';

/** The service for everything that is done with records. One per process. */
export function createRecords(options: RecordsOptions): RecordsService {
  const parts = createParts(options);
  const commits = new Commits(parts.database);
  const writer = new Writer(parts);
  return {
    list: (...of) => list(parts, ...of),
    read: (...of) => read(parts, ...of),
    ...writes(parts, writer, commits),
    batch: (caller, body) => runBatch({ parts, writer, commits }, caller, body),
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
  const { database } = parts;

  async function answer(
    target: Target,
    caller: Caller,
    stored: StoredRecord,
    query: RecordQuery,
  ): Promise<RecordAnswer> {
    if (query.expand.length === 0)
      return { id: stored.id, version: stored.version, record: target.present(stored, caller.admin, query) };
    return database.read((session) =>
      showOne(parts, target, parts.situation(session, caller, target.model), stored, query),
    );
  }

  return {
    async create(caller, name, body, parameters) {
      if (name === usersName) throw methodNotAllowed(['GET', 'HEAD', 'OPTIONS']);
      const target = parts.target(name);
      const query = target.queries.record(parameters, caller.admin);
      const stored = await commits.commit((unit, careful) =>
        writer.create(unit, caller, name, body, careful),
      );
      return answer(target, caller, stored, query);
    },
    async update(caller, name, id, patch, parameters) {
      const target = parts.target(name);
      const query = target.queries.record(parameters, caller.admin);
      const stored = await commits.commit((unit, careful) =>
        writer.update(unit, caller, name, id, patch, careful),
      );
      commits.announce({ collection: name, id: stored.id, removed: false });
      return answer(target, caller, stored, query);
    },
    async replace(caller, name, id, body, parameters) {
      const target = parts.target(name);
      const query = target.queries.record(parameters, caller.admin);
      const { record, created } = await commits.commit((unit, careful) =>
        writer.replace(unit, caller, name, id, body, careful),
      );
      if (!created) commits.announce({ collection: name, id: record.id, removed: false });
      return { ...(await answer(target, caller, record, query)), created };
    },
    async remove(caller, name, id) {
      await commits.commit((unit, careful) => writer.remove(unit, caller, name, id, careful));
      commits.announce({ collection: name, id: id.toLowerCase(), removed: true });
    },
  };
}
