import type { ReadAccess } from '#domain/access/read-access.ts';
import type { Collection } from '#domain/collections/model.ts';
import type { Expression } from '#domain/expressions/expression.ts';
import type { CursorValues } from './cursor.ts';
import type { SearchWord } from './search.ts';
import type { SortKey } from './sort.ts';

/** Which records of a collection are meant: those the caller sees, that pass the filter and have the words. */
export interface SelectionPlan {
  readonly collection: Collection;
  readonly access: ReadAccess;
  /** The list rule as it is for this caller. */
  readonly rule: Expression | true;
  /** Specialised. */
  readonly filter?: Expression;
  readonly search?: readonly SearchWord[];
}

/** One page of a list. */
export interface ListPlan extends SelectionPlan {
  readonly sort: readonly SortKey[];
  /** Where the page begins: behind a record with these sort values. */
  readonly after?: CursorValues;
  readonly limit: number;
}
