import { hash, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { watchNothing, type Watch } from '#domain/collections/watch.ts';
import type { AnyTables, Session, TrackedGenerations, Unit } from './database.ts';

const table = '_plinth_generations';
const markBytes = 12;
/** Units that write at the same time do not wait for the same row: rows are locked until the commit. */
const slotsMax = 64;

/** Which definitions are in the database, for processes that have others: a row beside those of the collections. */
interface Agreement {
  readonly definitions: string;
  readonly watched: readonly string[];
  /** Milliseconds since 1970; 0 for the first definitions, before which nobody was there. */
  readonly sinceMs: number;
}

/** No collection has this name. */
const agreementName = '';
/** Who writes looks at the agreement so often. */
const lookAgainMs = 1_000;
/** So long after it has changed, everybody who writes goes by it. */
const settledMs = 3_000;

/**
 * The generation of a collection is one more with each change of its records, in the sense that it is another one:
 * a digest of random marks in the database, of which each unit of work that changes records renews one, in its own
 * transaction. So whoever sees a generation sees all that led to it, and no generation comes back: not after a
 * restored backup, and not in another database beside the same cache.
 *
 * Only watched collections have them moved: the others cost nothing.
 */
export class Generations implements TrackedGenerations {
  readonly #build: Kysely<AnyTables>;
  /** SQL by the number of collections. */
  readonly #moves = new Map<number, string>();
  readonly #observers: ((collections: ReadonlySet<string>) => void)[] = [];
  #watch: Watch = watchNothing;
  /** A digest of the definitions in force in this process; undefined before there are any. */
  #definitions: string | undefined;
  /** What other processes watch, when the database has other definitions than this one. */
  #others: ReadonlySet<string> = new Set();
  #lookedAtMs = -Infinity;

  constructor(build: Kysely<AnyTables>) {
    this.#build = build;
  }

  /** From now on these collections are watched, according to these definitions. */
  watch(watch: Watch, definitions: readonly CollectionDefinition[]): void {
    this.#watch = watch;
    this.#definitions = digestOf(definitions);
    this.#lookedAtMs = -Infinity;
  }

  /**
   * Calls the observer after each unit of this process that changed watched collections, before its promise settles:
   * also after one that failed, for the answer of a commit may have been lost.
   */
  observe(observer: (collections: ReadonlySet<string>) => void): void {
    this.#observers.push(observer);
  }

  /**
   * The generations of the watched collections; of others nothing tells when they change. None while processes with
   * other definitions may write: they watch other collections.
   */
  async current(session: Session): Promise<ReadonlyMap<string, string>> {
    const rows = await session.all<Row>(
      this.#build
        .selectFrom(table)
        .select(['collection', 'mark'])
        .orderBy('collection')
        .orderBy('slot')
        .compile(),
    );
    const marks = new Map<string, string>();
    const agreement = agreementIn(rows);
    if (agreement === undefined || agreement.definitions !== this.#definitions || isNew(agreement))
      return marks;
    for (const { collection, mark } of rows)
      if (this.#watch.collections.has(collection))
        marks.set(collection, (marks.get(collection) ?? '') + mark);
    return new Map([...marks].map(([name, all]) => [name, hash('sha256', all, 'base64url')]));
  }

  /** For the drivers, before a unit: what others want watched. Seldom asks; undefined when it does not. */
  look(session: Session): Promise<void> | undefined {
    const now = performance.now();
    if (this.#definitions === undefined || now - this.#lookedAtMs < lookAgainMs) return undefined;
    return this.#look(session, now);
  }

  /** For the drivers: makes the `touch` of units that fill this set. */
  noteIn(touched: Set<string>): Unit['touch'] {
    return (collection, change) => {
      const { collections, removedAlong } = this.#watch;
      if (collections.has(collection) || this.#others.has(collection)) touched.add(collection);
      if (change !== 'removal') return;
      // What goes along with it by the definitions of others is not known here.
      for (const name of this.#others) touched.add(name);
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

  /**
   * After a change of the schema: new generations, and the agreement on these definitions. In the order of `move`, so
   * that no unit and no change of the schema wait for each other.
   */
  async renew(
    unit: Session,
    definitions: readonly CollectionDefinition[],
    watched: ReadonlySet<string>,
    { isFirst }: { readonly isFirst: boolean },
  ): Promise<void> {
    const agreement: Agreement = {
      definitions: digestOf(definitions),
      watched: [...watched],
      sinceMs: isFirst ? 0 : Date.now(),
    };
    const names = definitions.map(({ name }) => name).toSorted();
    const parameters = names.flatMap((name) => [name, 0, newMark()]);
    const all = [agreementName, 0, JSON.stringify(agreement), ...parameters];
    await unit.run({ sql: this.#moveSql(names.length + 1), parameters: all });
    const known = [agreementName, ...names];
    await unit.run(this.#build.deleteFrom(table).where('collection', 'not in', known).compile());
  }

  /** For the drivers: when a unit that touched these has ended. */
  ended(touched: ReadonlySet<string>): void {
    if (touched.size > 0) for (const observer of this.#observers) observer(touched);
  }

  async #look(session: Session, sinceMs: number): Promise<void> {
    const select = this.#build.selectFrom(table).select(['collection', 'mark']);
    const agreement = agreementIn(
      await session.all<Row>(select.where('collection', '=', agreementName).compile()),
    );
    const isOurs = agreement === undefined || agreement.definitions === this.#definitions;
    this.#others = new Set(isOurs ? [] : agreement.watched);
    // Not before: until then every unit has to look for itself, also when this look fails.
    this.#lookedAtMs = sinceMs;
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

interface Row {
  readonly collection: string;
  readonly mark: string;
}

function agreementIn(rows: readonly Row[]): Agreement | undefined {
  const row = rows.find(({ collection }) => collection === agreementName);
  return row && (JSON.parse(row.mark) as Agreement);
}

function isNew({ sinceMs }: Agreement): boolean {
  return sinceMs > 0 && Date.now() - sinceMs < settledMs;
}

function digestOf(definitions: readonly CollectionDefinition[]): string {
  return hash('sha256', JSON.stringify(definitions), 'base64url');
}

function newMark(): string {
  return randomBytes(markBytes).toString('base64url');
}
