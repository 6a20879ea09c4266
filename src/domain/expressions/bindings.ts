import type { JsonValue } from '#domain/json/value.ts';

/** A record as expressions see it: a property that is absent is null. */
export type RecordValues = Readonly<Record<string, JsonValue>>;

/** The values of `user` and `now`, known when a request runs. */
export interface Bindings {
  /** The caller's own record of `users`; null when anonymous. */
  readonly user: RecordValues | null;
  readonly now: Date;
}

/** The values known when an expression decides on one record. */
export interface RecordBindings extends Bindings {
  readonly record?: RecordValues;
  /** In `update`: the stored record. */
  readonly previous?: RecordValues;
}

/** The records an expression may reach. In filters: those that the caller may read. */
export interface RecordSource {
  /** Through a reference. */
  byId(collection: string, id: string): RecordValues | undefined;
  /** By `exists` and `all`. */
  all(collection: string): Iterable<RecordValues>;
}

/** One run of a compiled expression: its bindings, and the variables of the enclosing `exists` and `all`. */
export class Frame {
  readonly record: RecordValues | undefined;
  readonly previous: RecordValues | undefined;
  readonly user: RecordValues | null;
  readonly bindings: RecordBindings;
  /** Elements of lists, by variable id. */
  readonly elements: JsonValue[] = [];
  /** Records of collections, by variable id. */
  readonly records: RecordValues[] = [];
  readonly #given: RecordSource | undefined;

  constructor(bindings: RecordBindings, source: RecordSource | undefined) {
    this.record = bindings.record;
    this.previous = bindings.previous;
    this.user = bindings.user;
    this.bindings = bindings;
    this.#given = source;
  }

  get world(): RecordSource {
    if (this.#given === undefined) throw new Error('this expression needs the database, or a world');
    return this.#given;
  }
}

/** A part of a compiled expression. */
export type Run = (frame: Frame) => JsonValue;
