import { exhausted } from '#domain/exhausted.ts';
import type { OnDelete } from '../definition.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { conversionBetween } from '#domain/kinds/kinds.ts';
import type { Collection, Index, Property } from '../model.ts';

/** From the definitions that were applied last to new ones: in words (steps), and in tables (tables). */
export interface SchemaChange {
  readonly steps: readonly Step[];
  readonly tables: readonly TableChange[];
}

export type TableChange =
  | { readonly kind: 'create'; readonly after: Collection }
  | { readonly kind: 'drop'; readonly before: Collection }
  | TableAlteration;

export interface TableAlteration {
  readonly kind: 'alter';
  readonly before: Collection;
  readonly after: Collection;
  /** False when the table stays as it is and only Plinth's use of it changes: rules, validation, settings. */
  readonly changesTable: boolean;
  /** The system properties, then those of the new definition in its order, then those that go. */
  readonly columns: readonly ColumnChange[];
}

/** One property before and after; only one of the two when it is added or removed. */
export interface ColumnChange {
  readonly before?: Property;
  readonly after?: Property;
  /** There when values have to be brought into a new form one by one. */
  readonly rewrite?: Rewrite;
  /** Stands in for values that are lost, and for missing ones where a value is required or the property is new. */
  readonly fallback?: JsonValue;
}

export interface Rewrite {
  /** The value in its new form, null when it has none. */
  readonly convert: (value: JsonValue) => JsonValue;
  /** The table, by its name before the change, in which a reference has to exist; null when it is only being made. */
  readonly target?: string | null;
}

/** One step of a change, as data; describe-steps.ts puts it into words. `collection` is the name after the change. */
export type Step = { readonly collection: string } & (
  | { readonly kind: 'addCollection' }
  | { readonly kind: 'renameCollection'; readonly from: string }
  | { readonly kind: 'removeCollection' }
  | { readonly kind: 'addProperty'; readonly property: Property; readonly column: ColumnChange }
  | { readonly kind: 'renameProperty'; readonly from: string; readonly to: string }
  | { readonly kind: 'removeProperty'; readonly property: Property; readonly column: ColumnChange }
  | {
      readonly kind: 'changeType';
      readonly before: Property;
      readonly after: Property;
      readonly conversion: Exclude<ReturnType<typeof conversionBetween>, 'same'>;
      readonly column: ColumnChange;
    }
  | {
      readonly kind: 'changeTarget';
      readonly before: Property;
      readonly after: Property;
      readonly column: ColumnChange;
    }
  | {
      readonly kind: 'changeOnDelete';
      readonly property: string;
      readonly from: OnDelete;
      readonly to: OnDelete;
    }
  | {
      readonly kind: 'limitValues';
      readonly property: string;
      /** Absent when every value was allowed before. */
      readonly removed?: readonly JsonValue[];
      readonly column: ColumnChange;
    }
  | { readonly kind: 'allowValues'; readonly property: string; readonly added: readonly JsonValue[] }
  | { readonly kind: 'require'; readonly property: string; readonly column: ColumnChange }
  | { readonly kind: 'unrequire'; readonly property: string }
  | { readonly kind: 'changeValidation'; readonly property: string; readonly keywords: readonly string[] }
  | { readonly kind: 'changeProperty'; readonly property: string; readonly keywords: readonly string[] }
  | { readonly kind: 'addIndex'; readonly index: Index }
  | { readonly kind: 'removeIndex'; readonly index: Index }
  | { readonly kind: 'changeSearch'; readonly properties: readonly string[] }
  | { readonly kind: 'changeRules'; readonly rules: readonly string[] }
  | { readonly kind: 'changeSettings'; readonly keywords: readonly string[] }
);

/** The counts in the database for a change. */
export interface ImpactReport {
  /** Records of each collection, by its name after the change (before it, for a removed one). */
  readonly records: ReadonlyMap<string, number>;
  readonly columns: ReadonlyMap<ColumnChange, ColumnImpact>;
  /** Values that a new unique index does not allow; an index without any is not in here. */
  readonly duplicates: ReadonlyMap<Index, Duplicates>;
}

export interface ColumnImpact {
  /** Records whose value has no new form. */
  readonly lost: number;
  /** Records without a value afterwards, before any default fills it. */
  readonly empty: number;
}

export interface Duplicates {
  /** How many values (or combinations) occur more than once. */
  readonly values: number;
  /** How often the three most frequent ones occur. */
  readonly times: readonly number[];
}

const destructiveKinds: ReadonlySet<Step['kind']> = new Set([
  'removeCollection',
  'removeProperty',
  'changeTarget',
  'limitValues',
]);

const kindsWithoutSql: ReadonlySet<Step['kind']> = new Set([
  'allowValues',
  'changeValidation',
  'changeProperty',
  'changeRules',
  'changeSettings',
]);

/** Whether the step changes tables, and not only the stored definitions. */
export function changesTable(step: Step): boolean {
  return !kindsWithoutSql.has(step.kind);
}

/** Whether a step can lose data: it drops or narrows something. The present content of the tables does not matter. */
export function isDestructive(step: Step): boolean {
  if (step.kind === 'changeType') return step.conversion === 'narrowing' || step.conversion === 'impossible';
  return destructiveKinds.has(step.kind);
}

/**
 * Whether a program under the definitions before the step goes on working after it: its reads have the same form, and
 * its writes are accepted.
 */
export function isAdditive(step: Step): boolean {
  switch (step.kind) {
    case 'addCollection':
    case 'allowValues':
    case 'changeSearch':
      return true;
    case 'addProperty':
      return !step.property.required || step.column.fallback !== undefined;
    case 'addIndex':
      return !step.index.unique;
    case 'renameCollection':
    case 'removeCollection':
    case 'renameProperty':
    case 'removeProperty':
    case 'changeType':
    case 'changeTarget':
    case 'changeOnDelete':
    case 'limitValues':
    case 'require':
    case 'unrequire':
    case 'changeValidation':
    case 'changeProperty':
    case 'removeIndex':
    case 'changeRules':
    case 'changeSettings':
      return false;
    default:
      return exhausted(step);
  }
}
