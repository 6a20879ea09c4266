import { sql, type RawBuilder } from 'kysely';
import { exhausted } from '#domain/exhausted.ts';
import type { OnDelete } from '#domain/collections/definition.ts';
import type { Model } from '#domain/collections/model.ts';
import { attempt } from '../attempt.ts';
import { ReferenceViolation, type Database, type Transaction } from '../database.ts';

/** Of one statement: with triggers and search words, a few milliseconds. */
const recordsPerStatement = 50;
/** Then the event loop has a turn. */
const turnMs = 5;

interface Reference {
  /** The collection that refers. */
  readonly collection: string;
  readonly property: string;
  readonly onDelete: OnDelete;
}

type ReferencesTo = (collection: string) => readonly Reference[];

/** Some records that refer to one that leaves. */
interface Referrers {
  readonly reference: Reference;
  readonly ids: readonly string[];
}

/** Records to be removed; the records that refer to them are removed first. */
interface Leaving {
  readonly collection: string;
  readonly ids: readonly string[];
  readonly referrers: AsyncIterator<Referrers>;
}

/**
 * Removes the records that go with a record, and sets references to null, before the record itself is removed. It works
 * in portions: SQLite's own cascade is one statement, which keeps the event loop until all is done, and reaches no
 * deeper than 1,000 records that refer to each other. Throws ReferenceViolation, with nothing done.
 */
export function createRemoveReferrers({ build }: Database) {
  const known = new WeakMap<Model, ReferencesTo>();

  return async (transaction: Transaction, model: Model, collection: string, id: string): Promise<void> => {
    let to = known.get(model);
    if (to === undefined) known.set(model, (to = referencesIn(model)));
    // Without a cascade, the deletion is a single statement.
    if (to(collection).every(({ onDelete }) => onDelete === 'restrict')) return;
    const removal = new Removal({ build, transaction, to });
    if (await removal.isReferred(collection, id))
      await attempt(transaction, () => removal.removeReferrers(collection, id));
  };
}

interface RemovalParts {
  readonly build: Database['build'];
  readonly transaction: Transaction;
  readonly to: ReferencesTo;
}

/** One record that is removed, with all that goes along. Depth first, with a stack of its own: chains can be long. */
class Removal {
  readonly #parts: RemovalParts;
  readonly #stack: Leaving[] = [];
  /** Those on the stack. A circle of references leads back to one of them. */
  readonly #leaving = new Set<string>();

  constructor(parts: RemovalParts) {
    this.#parts = parts;
  }

  async isReferred(collection: string, id: string): Promise<boolean> {
    return (await this.#referrersOf(collection, [id]).next()).done !== true;
  }

  async removeReferrers(collection: string, id: string): Promise<void> {
    const turns = new Turns();
    this.#enter(collection, [id]);
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      await turns.next();
      const next = await top.referrers.next();
      if (next.done === true) await this.#leave(top);
      else await this.#letGo(next.value);
    }
  }

  #enter(collection: string, found: readonly string[]): void {
    const ids = found.filter((id) => !this.#leaving.has(id));
    if (ids.length === 0) return;
    for (const id of ids) this.#leaving.add(id);
    this.#stack.push({ collection, ids, referrers: this.#referrersOf(collection, ids) });
  }

  /** Removes records that nothing refers to any more. The very first record is left to the caller. */
  async #leave({ collection, ids }: Leaving): Promise<void> {
    this.#stack.pop();
    for (const id of ids) this.#leaving.delete(id);
    if (this.#stack.length > 0) await this.#change(sql`DELETE FROM ${sql.table(collection)}`, ids);
  }

  async #letGo({ reference: { collection, property, onDelete }, ids }: Referrers): Promise<void> {
    switch (onDelete) {
      case 'cascade':
        this.#enter(collection, ids);
        return;
      case 'setNull':
        await this.#change(sql`UPDATE ${sql.table(collection)} SET ${sql.ref(property)} = NULL`, ids);
        return;
      case 'restrict':
        // Whether one that leaves as well is in the way, is for the database to say.
        if (ids.some((id) => !this.#leaving.has(id))) throw new ReferenceViolation({ cause: undefined });
        return;
      default:
        exhausted(onDelete);
    }
  }

  async *#referrersOf(collection: string, targets: readonly string[]): AsyncGenerator<Referrers, undefined> {
    for (const reference of this.#parts.to(collection)) {
      for (const target of targets) {
        for (let after = ''; ;) {
          const ids = await this.#idsAfter(reference, target, after);
          if (ids.length > 0) yield { reference, ids };
          if (ids.length < recordsPerStatement) break;
          after = ids.at(-1) as string;
        }
      }
    }
    return undefined;
  }

  async #idsAfter({ collection, property }: Reference, target: string, after: string): Promise<string[]> {
    const { transaction, build } = this.#parts;
    const condition = sql`${sql.ref(property)} = ${target} AND "id" > ${after}`;
    const page = sql`ORDER BY "id" LIMIT ${sql.lit(recordsPerStatement)}`;
    const rows = await transaction.all<{ id: string }>(
      sql`SELECT "id" FROM ${sql.table(collection)} WHERE ${condition} ${page}`.compile(build),
    );
    return rows.map(({ id }) => id);
  }

  async #change(statement: RawBuilder<unknown>, ids: readonly string[]): Promise<void> {
    const { transaction, build } = this.#parts;
    await transaction.run(sql`${statement} WHERE "id" IN (${sql.join(ids)})`.compile(build));
  }
}

/** The references by their target collection; those that can refuse a removal come first. */
function referencesIn(model: Model): ReferencesTo {
  const all = [...model.collections.values()].flatMap(({ name, properties }) =>
    [...properties.values()].flatMap(({ name: property, reference }) =>
      reference === undefined
        ? []
        : [{ collection: name, property, onDelete: reference.onDelete, to: reference.collection }],
    ),
  );
  const found = new Map<string, Reference[]>();
  for (const { to, collection, property, onDelete } of all) {
    const others = found.get(to) ?? [];
    const reference = { collection, property, onDelete };
    found.set(to, onDelete === 'restrict' ? [reference, ...others] : [...others, reference]);
  }
  return (collection) => found.get(collection) ?? [];
}

/** Gives other requests their turn now and then. */
class Turns {
  #sinceMs = performance.now();

  async next(): Promise<void> {
    if (performance.now() - this.#sinceMs < turnMs) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#sinceMs = performance.now();
  }
}
