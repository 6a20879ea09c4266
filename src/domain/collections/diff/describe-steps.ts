import { exhausted } from '#domain/exhausted.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import type { JsonValue } from '#domain/json/value.ts';
import type { Property } from '../model.ts';
import { isAdditive, isDestructive, type ColumnChange, type ImpactReport, type Step } from './steps.ts';

/** A step as people read it. */
export interface DescribedStep {
  readonly collection: string;
  readonly summary: string;
  readonly destructive: boolean;
  readonly additive: boolean;
  /** The consequence for stored records: values lost or filled in, or the reason why the step is impossible. */
  readonly consequence?: string;
  /** The records that are there do not allow it. */
  readonly impossible?: true;
}

/** Describes a step in words, with its counts. */
export function describeStep(step: Step, impact: ImpactReport): DescribedStep {
  const obstacle = obstacleOf(step, impact);
  const consequence = obstacle ?? consequenceOf(step, impact);
  return {
    collection: step.collection,
    summary: summaryOf(step),
    destructive: isDestructive(step),
    additive: isAdditive(step),
    ...(consequence !== undefined && { consequence }),
    ...(obstacle !== undefined && { impossible: true }),
  };
}

const summaries: { readonly [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => string } = {
  addCollection: ({ collection }) => `add collection "${collection}"`,
  renameCollection: ({ collection, from }) => `rename collection "${from}" to "${collection}"`,
  removeCollection: ({ collection }) => `remove collection "${collection}"`,
  addProperty: ({ property }) => `add property "${property.name}" (${typeOf(property)})`,
  renameProperty: ({ from, to }) => `rename property "${from}" to "${to}"`,
  removeProperty: ({ property }) => `remove property "${property.name}"`,
  changeType: ({ before, after }) =>
    `change property "${after.name}" from ${typeOf(before)} to ${typeOf(after)}`,
  changeTarget: ({ before, after }) =>
    `change property "${after.name}" from ${typeOf(before)} to ${typeOf(after)}`,
  changeOnDelete: ({ property, from, to }) => `change onDelete of "${property}" from ${from} to ${to}`,
  limitValues: ({ property, removed }) =>
    removed === undefined
      ? `limit property "${property}" to its enum`
      : `remove ${valuesIn(removed)} from the enum of "${property}"`,
  allowValues: ({ property, added }) => `add ${valuesIn(added)} to the enum of "${property}"`,
  require: ({ property }) => `make property "${property}" required`,
  unrequire: ({ property }) => `make property "${property}" optional`,
  changeValidation: ({ property, keywords }) =>
    `change the validation of "${property}" (${keywords.join(', ')})`,
  changeProperty: ({ property, keywords }) => `change ${keywords.join(', ')} of "${property}"`,
  addIndex: ({ index }) => `add ${indexIn(index)}`,
  removeIndex: ({ index }) => `remove ${indexIn(index)}`,
  changeSearch: ({ properties }) =>
    properties.length === 0 ? 'end full-text search' : `search the text of ${namesIn(properties)}`,
  changeRules: ({ rules }) => `change the rules ${rules.join(', ')}`,
  changeSettings: ({ keywords }) => `change ${keywords.join(', ')}`,
};

function summaryOf(step: Step): string {
  // The table has an entry for each kind that takes a step of that kind, which the compiler cannot follow.
  const summary = summaries[step.kind] as (step: Step) => string;
  return summary(step);
}

/** Why the data that is there does not allow a step. */
function obstacleOf(step: Step, impact: ImpactReport): string | undefined {
  if (step.kind === 'addIndex') {
    const duplicates = impact.duplicates.get(step.index);
    if (duplicates === undefined) return undefined;
    const times = duplicates.times.map((count) => `${count}`).join(', ');
    const more = duplicates.values > duplicates.times.length ? ', …' : '';
    return `cannot be done: ${count(duplicates.values, 'value')} ${duplicates.values === 1 ? 'occurs' : 'occur'} more than once (${times}${more} times); make them differ first`;
  }
  if (!('column' in step) || step.column.after?.required !== true || step.column.fallback !== undefined)
    return undefined;
  const empty = impact.columns.get(step.column)?.empty ?? 0;
  if (empty === 0) return undefined;
  return `cannot be done: ${count(empty, 'record')} would have no value, and it is required; give it a default, or fill ${empty === 1 ? 'that record' : 'those records'} first`;
}

function consequenceOf(step: Step, impact: ImpactReport): string | undefined {
  const records = impact.records.get(step.collection) ?? 0;
  const column = 'column' in step ? impact.columns.get(step.column) : undefined;
  switch (step.kind) {
    case 'removeCollection':
      if (records === 0) return 'it has no records at the moment';
      return `its ${count(records, 'record')} ${records === 1 ? 'is' : 'are'} lost`;
    case 'removeProperty':
      return column === undefined || column.lost === 0
        ? 'no record has a value at the moment'
        : `the values of ${count(column.lost, 'record')} are lost`;
    case 'addProperty':
    case 'require':
      return filled(step.column, column?.empty ?? 0);
    case 'limitValues':
      return lossOf(
        step.column,
        column?.lost ?? 0,
        step.removed === undefined ? 'hold another value' : 'hold such a value',
      );
    case 'changeTarget':
      return lossOf(step.column, column?.lost ?? 0, 'refer to no record there');
    case 'changeType':
      if (step.conversion === 'widening') return undefined;
      return step.conversion === 'impossible'
        ? lossOf(step.column, column?.lost ?? 0, 'hold a value that cannot be converted, as none can')
        : lossOf(step.column, column?.lost ?? 0, 'hold a value that cannot be converted');
    case 'changeValidation':
      return `applies to new writes; ${count(records, 'existing record')} ${records === 1 ? 'is' : 'are'} not touched`;
    case 'addCollection':
    case 'renameCollection':
    case 'renameProperty':
    case 'changeOnDelete':
    case 'allowValues':
    case 'unrequire':
    case 'changeProperty':
    case 'addIndex':
    case 'removeIndex':
    case 'changeSearch':
    case 'changeRules':
    case 'changeSettings':
      return undefined;
    default:
      return exhausted(step);
  }
}

function filled(column: ColumnChange, empty: number): string | undefined {
  if (empty === 0 || column.fallback === undefined) return undefined;
  return `${count(empty, 'record')} ${empty === 1 ? 'gets' : 'get'} the default ${JSON.stringify(column.fallback)}`;
}

function lossOf(column: ColumnChange, lost: number, reason: string): string {
  if (lost === 0) return `no record loses a value at the moment`;
  const end =
    column.fallback === undefined ? 'is lost' : `becomes the default ${JSON.stringify(column.fallback)}`;
  const verb = lost === 1 ? reason.replace(/^\w+/, (word) => `${word}s`) : reason;
  return `${count(lost, 'record')} ${verb}; it ${end}`;
}

function typeOf(property: Property): string {
  if (property.reference !== undefined) return `reference to ${property.reference.collection}`;
  return kinds[property.kind].label?.(property) ?? property.kind;
}

function indexIn(index: { readonly properties: readonly string[]; readonly unique: boolean }): string {
  const own = index.unique ? index.properties : index.properties.slice(0, -1);
  return `${index.unique ? 'unique index' : 'index'} on ${namesIn(own)}`;
}

function namesIn(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function valuesIn(values: readonly JsonValue[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
