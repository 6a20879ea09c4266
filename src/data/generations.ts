import { hash, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { watchNothing, type Watch } from '#domain/collections/watch.ts';
import type { AnyTables, Database, Session, Unit } from './database.ts';

const table = '_plinth_generations';
const markBytes = 12;
/** Units that write at the same time do not wait for the same row: rows are locked until the commit. */
const slotsMax = 64;

/** Told which collections may have changed, before whoever changed them goes on. */
export type OnChange = (collections: ReadonlySet<string>) => void;

/**
 * The generation of a collection is one more with each change of its records, in the sense that it is another one:
 * a digest of random marks in the database, of which each unit of work that changes records renews one, in its own
 * transaction. So whoever sees a generation sees all that led to it, and no generation comes back: not after a
 * restored backup, and not in another database beside the same cache.
 *
 * Only watched collections have them moved: the others cost nothing.
 */
export class Generations {
  readonly #build: Kysely<AnyTables>;
  /** SQL by the number of collections. */
  readonly #moves = new Map<number, string>();
  readonly #observers: OnChange[] = [];
  #watch: Watch = watchNothing;

  constructor(build: Kysely<AnyTables>) {
    this.#build = build;
  }

  /** From now on these collections are watched. */
  watch(watch: Watch): void {
    this.#watch = watch;
  }

  /**
   * Calls the observer after each unit of this process that changed watched collections, before its promise settles:
   * also after one that failed, for the answer of a commit may have been lost.
   */
  observe(observer: OnChange): void {
    this.#observers.push(observer);
  }

  /** The generations of the watched collections; of others nothing tells when they change. */
  async current(session: Session): Promise<ReadonlyMap<string, string>> {
    const rows = await session.all<{ collection: string; mark: string }>(
      this.#build
        .selectFrom(table)
        .select(['collection', 'mark'])
        .orderBy('collection')
        .orderBy('slot')
        .compile(),
    );
    const marks = new Map<string, string>();
    for (const { collection, mark } of rows)
      if (this.#watch.collections.has(collection))
        marks.set(collection, (marks.get(collection) ?? '') + mark);
    return new Map([...marks].map(([name, all]) => [name, hash('sha256', all, 'base64url')]));
  }

  /** For the drivers: makes the `touch` of units that fill this set. */
  noteIn(touched: Set<string>): Unit['touch'] {
    return (collection, change) => {
      const { collections, removedAlong } = this.#watch;
      if (collections.has(collection)) touched.add(collection);
      if (change !== 'removal') return;
      for (const name of removedAlong.get(collection) ?? []) if (collections.has(name)) touched.add(name);
    };
  }

  /**
   * For the drivers: the last statement before a commit. In one order, so that no two units wait for each other.
   * `connection` is another number for each connection that may write at the same time.
   */
  async move(session: Session, touched: ReadonlySet<string>, connection: number): Promise<void> {
    if (touched.size === 0) return;
    const slot = connection % slotsMax;
    const parameters = [...touched].toSorted().flatMap((collection) => [collection, slot, newMark()]);
    await session.run({ sql: this.#moveSql(touched.size), parameters });
  }

  /** For the drivers: when a unit that touched these has ended. */
  ended(touched: ReadonlySet<string>): void {
    if (touched.size > 0) for (const observer of this.#observers) observer(touched);
  }

  #moveSql(rows: number): string {
    let sql = this.#moves.get(rows);
    if (sql === undefined) {
      const row = { collection: '', slot: 0, mark: '' };
      ({ sql } = this.#build
        .insertInto(table)
        .values(Array.from({ length: rows }, () => row))
        .onConflict((conflict) =>
          conflict
            .columns(['collection', 'slot'])
            .doUpdateSet((values) => ({ mark: values.ref('excluded.mark') })),
        )
        .compile());
      this.#moves.set(rows, sql);
    }
    return sql;
  }
}

/** New generations for these collections, and none for others: after a change of the schema. */
export async function renewGenerations(
  unit: Unit,
  { build }: Database,
  collections: readonly string[],
): Promise<void> {
  await unit.run(build.deleteFrom(table).compile());
  if (collections.length === 0) return;
  const rows = collections.map((collection) => ({ collection, slot: 0, mark: newMark() }));
  await unit.run(build.insertInto(table).values(rows).compile());
}

function newMark(): string {
  return randomBytes(markBytes).toString('base64url');
}
