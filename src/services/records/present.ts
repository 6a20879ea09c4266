import { isReadable } from '#domain/expressions/shape.ts';
import type { Collection, StoredRecord } from '#domain/collections/model.ts';
import type { RecordQuery } from '#domain/query/list-query.ts';
import type { PresentedRecord } from './records.ts';

/** Makes the answer from a stored record: a list of names to copy, so that nothing else can get out. */
export type Presenter = (record: StoredRecord, admin: boolean, query?: RecordQuery) => PresentedRecord;

export function compilePresenter(collection: Collection): Presenter {
  const namesFor = (admin: boolean) =>
    [...collection.properties.values()]
      .filter((property) => isReadable(property, admin))
      .map(({ name }) => name);
  const forAdmins = namesFor(true);
  const forOthers = namesFor(false);
  return (record, admin, query) => {
    const visible = admin ? forAdmins : forOthers;
    const names = query?.fields === undefined ? visible : visible.filter(isNamedIn(query));
    const presented: Record<string, unknown> = {};
    for (const name of names) presented[name] = record[name];
    return presented as PresentedRecord;
  };
}

function isNamedIn({ fields, expand }: RecordQuery): (name: string) => boolean {
  return (name) => fields?.has(name) === true || expand.some(({ property }) => property === name);
}
