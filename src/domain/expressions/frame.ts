import type { JsonValue } from '#domain/json/value.ts';
import type { RecordBindings, RecordValues, World } from './bindings.ts';

/** One run of a compiled expression: what is bound, and the variables of the `exists` and `all` around. */
export class Frame {
  readonly record: RecordValues | undefined;
  readonly previous: RecordValues | undefined;
  readonly user: RecordValues | null;
  readonly bindings: RecordBindings;
  /** Elements of lists, by variable id. */
  readonly elements: JsonValue[] = [];
  /** Records of collections, by variable id. */
  readonly records: RecordValues[] = [];
  private readonly given: World | undefined;

  constructor(bindings: RecordBindings, world: World | undefined) {
    this.record = bindings.record;
    this.previous = bindings.previous;
    this.user = bindings.user;
    this.bindings = bindings;
    this.given = world;
  }

  get world(): World {
    if (this.given === undefined) throw new Error('this expression needs the database, or a world');
    return this.given;
  }
}

/** A part of a compiled expression. */
export type Run = (frame: Frame) => JsonValue;
