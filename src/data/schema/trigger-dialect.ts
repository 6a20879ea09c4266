import type { Collection } from '#domain/collections/model.ts';
import type { Reader } from '../database.ts';

/** A trigger on the table of a collection that fills the change log. */
export interface TriggerShape {
  readonly table: string;
  readonly name: string;
  /** Equal texts do the same. */
  readonly definition: string;
}

export interface TriggerDdl extends TriggerShape {
  readonly create: string;
}

export interface TriggerOptions {
  /** Each change renews a mark of the collection (repositories/generations.ts). */
  readonly isTracked: boolean;
}

/** How a database has its triggers made. */
export interface TriggerDialect {
  /** Those of Plinth that are there. */
  present(reader: Reader): Promise<readonly TriggerShape[]>;
  /** Those that a collection should have. */
  wanted(collection: Collection, options: TriggerOptions): readonly TriggerDdl[];
  drop(trigger: TriggerShape): string;
}
