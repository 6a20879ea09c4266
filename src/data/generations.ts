import { hash, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { CollectionDefinition } from '#domain/collections/definition.ts';
import { nothingTracked, type TrackedCollections } from '#domain/collections/tracked-collections.ts';
import type { AnyTables, Reader, TrackedGenerations, Transaction } from './database.ts';

const table = '_plinth_generations';
const markBytes = 12;
/** Transactions that write at the same time do not wait for the same row: rows are locked until the commit. */
const slotsMax = 64;

/** Which definitions are in the database, for processes that have others: a row beside those of the collections. */
interface DefinitionsInForce {
  readonly definitions: string;
  readonly watched: readonly string[];
  /** Milliseconds since 1970; 0 for the first definitions, before which nobody was there. */
  readonly sinceMs: number;
}

/** No collection has this name. */
const definitionsRowName = '';
/** Who writes looks at the agreement so often. */
const lookAgainMs = 1_000;
/** So long after it has changed, everybody who writes goes by it. */
const settledMs = 3_000;

/**
 * The generation of a collection is one more with each change of its records, in the sense that it is another one:
 * a digest of random marks in the database, of which each transaction that changes records renews one, in its own
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
  #watch: TrackedCollections = nothingTracked;
  /** A digest of the definitions in force in this process; undefined before there are any. */
  #definitions: string | undefined;
  /** What other processes watch, when the database has other definitions than this one. */
  #others: ReadonlySet<string> = new Set();
  #lookedAtMs = -Infinity;

  constructor(build: Kysely<AnyTables>) {
    this.#build = build;
  }

  /** From now on these collections are watched, according to these definitions. */
  watch(watch: TrackedCollections, definitions: readonly CollectionDefinition[]): void {
    this.#watch = watch;
    this.#definitions = digestOf(definitions);
    this.#lookedAtMs = -Infinity;
  }

  /**
   * Calls the observer after each transaction of this process that changed watched collections, before its promise settles:
   * also after one that failed, for the answer of a commit may have been lost.
   */
  observe(observer: (collections: ReadonlySet<string>) => void): void {
    this.#observers.push(observer);
  }

  /**
   * The generations of the watched collections; of others nothing tells when they change. None while processes with
   * other definitions may write: they watch other collections.
   */
  async current(reader: Reader): Promise<ReadonlyMap<string, string>> {
    const rows = await reader.all<Row>(
      this.#build
        .selectFrom(table)
        .select(['collection', 'mark'])
        .orderBy('collection')
        .orderBy('slot')
        .compile(),
    );
    const marks = new Map<string, string>();
    const agreement = definitionsIn(rows);
    if (agreement === undefined || agreement.definitions !== this.#definitions || isNew(agreement))
      return marks;
    for (const { collection, mark } of rows)
      if (this.#watch.collections.has(collection))
        marks.set(collection, (marks.get(collection) ?? '') + mark);
    return new Map([...marks].map(([name, all]) => [name, hash('sha256', all, 'base64url')]));
  }

  /** For the drivers, before a transaction: what others want watched. Seldom asks; undefined when it does not. */
  refreshPeers(reader: Reader): Promise<void> | undefined {
    const now = performance.now();
    if (this.#definitions === undefined || now - this.#lookedAtMs < lookAgainMs) return undefined;
    return this.#look(reader, now);
  }

  /** For the drivers: makes the `touch` of transactions that fill this set. */
  track(touched: Set<string>): Transaction['touch'] {
    return (collection, change) => {
      const { collections, cascades } = this.#watch;
      if (collections.has(collection) || this.#others.has(collection)) touched.add(collection);
      if (change !== 'removal') return;
      // What goes along with it by the definitions of others is not known here.
      for (const name of this.#others) touched.add(name);
      for (const name of cascades.get(collection) ?? []) if (collections.has(name)) touched.add(name);
    };
  }

  /**
   * For the drivers: the last statement before a commit. In one order, so that no two transactions wait for each other.
   * `connection` is another number for each connection that may write at the same time.
   */
  async bump(reader: Reader, touched: ReadonlySet<string>, connection: number): Promise<void> {
    if (touched.size === 0) return;
    const slot = connection % slotsMax;
    const parameters = [...touched].toSorted().flatMap((collection) => [collection, slot, newMark()]);
    await reader.run({ sql: this.#moveSql(touched.size), parameters });
  }

  /**
   * After a change of the schema: new generations, and the agreement on these definitions. In the order of `move`, so
   * that no transaction and no change of the schema wait for each other.
   */
  async bumpAll(
    reader: Reader,
    definitions: readonly CollectionDefinition[],
    watched: ReadonlySet<string>,
    { isFirst }: { readonly isFirst: boolean },
  ): Promise<void> {
    const agreement: DefinitionsInForce = {
      definitions: digestOf(definitions),
      watched: [...watched],
      sinceMs: isFirst ? 0 : Date.now(),
    };
    const names = definitions.map(({ name }) => name).toSorted();
    const parameters = names.flatMap((name) => [name, 0, newMark()]);
    const all = [definitionsRowName, 0, JSON.stringify(agreement), ...parameters];
    await reader.run({ sql: this.#moveSql(names.length + 1), parameters: all });
    const known = [definitionsRowName, ...names];
    await reader.run(this.#build.deleteFrom(table).where('collection', 'not in', known).compile());
  }

  /** For the drivers: when a transaction that touched these has ended. */
  notify(touched: ReadonlySet<string>): void {
    if (touched.size > 0) for (const observer of this.#observers) observer(touched);
  }

  async #look(reader: Reader, sinceMs: number): Promise<void> {
    const select = this.#build.selectFrom(table).select(['collection', 'mark']);
    const agreement = definitionsIn(
      await reader.all<Row>(select.where('collection', '=', definitionsRowName).compile()),
    );
    const isOurs = agreement === undefined || agreement.definitions === this.#definitions;
    this.#others = new Set(isOurs ? [] : agreement.watched);
    // Not before: until then every transaction has to look for itself, also when this look fails.
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

function definitionsIn(rows: readonly Row[]): DefinitionsInForce | undefined {
  const row = rows.find(({ collection }) => collection === definitionsRowName);
  return row && (JSON.parse(row.mark) as DefinitionsInForce);
}

function isNew({ sinceMs }: DefinitionsInForce): boolean {
  return sinceMs > 0 && Date.now() - sinceMs < settledMs;
}

function digestOf(definitions: readonly CollectionDefinition[]): string {
  return hash('sha256', JSON.stringify(definitions), 'base64url');
}

function newMark(): string {
  return randomBytes(markBytes).toString('base64url');
}
