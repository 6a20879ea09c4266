import type { CollectionDefinition } from '#domain/collections/definition.ts';
import type { Model } from '#domain/collections/model.ts';

/** One step of a schema change, in plain words. */
export interface PlannedStep {
  readonly collection: string;
  /** e.g. `add property "dueOn" (date)`. */
  readonly summary: string;
  readonly destructive: boolean;
  /** What it means for the records that are there: what is lost or filled in, or why it cannot be done. */
  readonly consequence?: string;
  /** The records that are there do not allow it: apply refuses, whatever is allowed. */
  readonly impossible?: boolean;
}

export interface SchemaPlan {
  readonly steps: readonly PlannedStep[];
  readonly destructive: boolean;
}

/** The definitions: from files to the database to the model in force. A problem lists every mistake at once. */
export interface CollectionsService {
  /** Reads and checks every file of COLLECTIONS_DIR and adds the built-in `users`. */
  load(directory: string): Promise<readonly CollectionDefinition[]>;
  plan(definitions: readonly CollectionDefinition[]): Promise<SchemaPlan>;
  /**
   * Brings the database to these definitions in one transaction, under the lock, and makes them the model in force.
   * Refuses a plan with destructive steps unless `allowDestructive`. Returns what it did; nothing to do is fine.
   */
  apply(
    definitions: readonly CollectionDefinition[],
    options?: { allowDestructive?: boolean; lockTimeoutMs?: number },
  ): Promise<SchemaPlan>;
  /** Makes these definitions the model in force without touching the database (it must match: plan is empty). */
  adopt(definitions: readonly CollectionDefinition[]): Promise<void>;
  /** What is allowed but gets slow with many records, a sentence each. */
  warnings(definitions: readonly CollectionDefinition[]): readonly string[];
  /** Differences between the tables Plinth made and the tables that are there, a sentence each. For `plinth doctor`. */
  drift(): Promise<readonly string[]>;
  /** The model in force. Throws Problem `unavailable` before the first apply or adopt. */
  current(): Model;
}
