/**
 * The records that a commit has changed, by collection: their ids, or null where they are too many to name. Undefined
 * when the commit's outcome is unknown, as after a broken connection.
 */
export type CommittedChanges = ReadonlyMap<string, ReadonlySet<string> | null> | undefined;

export type CommitObserver = (changed: CommittedChanges) => void;

/** Passes the commits of this process that have changed records on to the observers. */
export class Commits {
  readonly #observers: CommitObserver[] = [];

  observe(observer: CommitObserver): void {
    this.#observers.push(observer);
  }

  /** To be called after a commit, before its transactions are acknowledged. */
  announce(changed: CommittedChanges): void {
    if (changed?.size === 0) return;
    for (const observer of this.#observers) observer(changed);
  }
}

/** Above that, ids are left out. */
export const namedIdsMax = 1_000;

/** The records that these entries of the change log have changed. */
export function changedBy(
  entries: Iterable<{ readonly collection: string; readonly record: string }>,
): NonNullable<CommittedChanges> {
  const changed = new Map<string, Set<string> | null>();
  for (const { collection, record } of entries) {
    const ids = changed.get(collection);
    if (ids === undefined) changed.set(collection, new Set([record]));
    else if (ids !== null && ids.size < namedIdsMax) ids.add(record);
    else changed.set(collection, null);
  }
  return changed;
}
