import type { JsonValue } from './definition.ts';
import type { Property } from './model.ts';
import { isDestructive, type ColumnChange, type Findings, type Step } from './steps.ts';

/** A step as people read it. */
export interface StepInWords {
  readonly collection: string;
  readonly summary: string;
  readonly destructive: boolean;
  /** What it means for the records that are there: what is lost or filled in, or why it cannot be done. */
  readonly consequence?: string;
  /** The data that is there does not allow it. */
  readonly impossible: boolean;
}

/** Says a step, with what was counted for it. */
export function describeStep(step: Step, findings: Findings): StepInWords {
  const obstacle = obstacleOf(step, findings);
  const consequence = obstacle ?? consequenceOf(step, findings);
  return {
    collection: step.collection,
    summary: summaryOf(step),
    destructive: isDestructive(step),
    ...(consequence !== undefined && { consequence }),
    impossible: obstacle !== undefined,
  };
}

function summaryOf(step: Step): string {
  switch (step.kind) {
    case 'addCollection':
      return `add collection "${step.collection}"`;
    case 'renameCollection':
      return `rename collection "${step.from}" to "${step.collection}"`;
    case 'removeCollection':
      return `remove collection "${step.collection}"`;
    case 'addProperty':
      return `add property "${step.property.name}" (${typeOf(step.property)})`;
    case 'renameProperty':
      return `rename property "${step.from}" to "${step.to}"`;
    case 'removeProperty':
      return `remove property "${step.property.name}"`;
    case 'changeType':
      return `change property "${step.after.name}" from ${typeOf(step.before)} to ${typeOf(step.after)}`;
    case 'changeTarget':
      return `change property "${step.after.name}" from ${typeOf(step.before)} to ${typeOf(step.after)}`;
    case 'changeOnDelete':
      return `change onDelete of "${step.property}" from ${step.from} to ${step.to}`;
    case 'limitValues':
      return step.removed === undefined
        ? `limit property "${step.property}" to its enum`
        : `remove ${valuesIn(step.removed)} from the enum of "${step.property}"`;
    case 'allowValues':
      return `add ${valuesIn(step.added)} to the enum of "${step.property}"`;
    case 'require':
      return `make property "${step.property}" required`;
    case 'unrequire':
      return `make property "${step.property}" optional`;
    case 'changeValidation':
      return `change the validation of "${step.property}" (${step.keywords.join(', ')})`;
    case 'changeProperty':
      return `change ${step.keywords.join(', ')} of "${step.property}"`;
    case 'addIndex':
      return `add ${indexIn(step.index)}`;
    case 'removeIndex':
      return `remove ${indexIn(step.index)}`;
    case 'changeSearch':
      return step.properties.length === 0
        ? 'end full-text search'
        : `search the text of ${namesIn(step.properties)}`;
    case 'changeRules':
      return `change the rules ${step.rules.join(', ')}`;
    case 'changeSettings':
      return `change ${step.keywords.join(', ')}`;
  }
}

/** Why the data that is there does not allow a step. */
function obstacleOf(step: Step, findings: Findings): string | undefined {
  if (step.kind === 'addIndex') {
    const duplicates = findings.duplicates.get(step.index);
    if (duplicates === undefined) return undefined;
    const times = duplicates.times.map((count) => `${count}`).join(', ');
    const more = duplicates.values > duplicates.times.length ? ', …' : '';
    return `cannot be done: ${count(duplicates.values, 'value')} ${duplicates.values === 1 ? 'occurs' : 'occur'} more than once (${times}${more} times); make them differ first`;
  }
  if (!('column' in step) || step.column.after?.required !== true || step.column.fallback !== undefined)
    return undefined;
  const empty = findings.columns.get(step.column)?.empty ?? 0;
  if (empty === 0) return undefined;
  return `cannot be done: ${count(empty, 'record')} would have no value, and it is required; give it a default, or fill ${empty === 1 ? 'that record' : 'those records'} first`;
}

function consequenceOf(step: Step, findings: Findings): string | undefined {
  const records = findings.records.get(step.collection) ?? 0;
  const column = 'column' in step ? findings.columns.get(step.column) : undefined;
  switch (step.kind) {
    case 'removeCollection':
      return `its ${count(records, 'record')} ${records === 1 ? 'is' : 'are'} lost`;
    case 'removeProperty':
      return `the values of ${count(column?.lost ?? 0, 'record')} are lost`;
    case 'addProperty':
    case 'require':
      return filled(step.column, column?.empty ?? 0);
    case 'limitValues':
      return lossOf(step.column, column?.lost ?? 0, 'hold another value');
    case 'changeTarget':
      return lossOf(step.column, column?.lost ?? 0, 'refer to no record there');
    case 'changeType':
      if (step.conversion === 'widening') return undefined;
      return step.conversion === 'impossible'
        ? lossOf(step.column, column?.lost ?? 0, 'hold a value that cannot be converted, as none can')
        : lossOf(step.column, column?.lost ?? 0, 'hold a value that cannot be converted');
    case 'changeValidation':
      return `applies to new writes; ${count(records, 'existing record')} ${records === 1 ? 'is' : 'are'} not touched`;
    default:
      return undefined;
  }
}

function filled(column: ColumnChange, empty: number): string | undefined {
  if (empty === 0 || column.fallback === undefined) return undefined;
  return `${count(empty, 'record')} ${empty === 1 ? 'gets' : 'get'} the default ${JSON.stringify(column.fallback)}`;
}

function lossOf(column: ColumnChange, lost: number, reason: string): string {
  if (lost === 0) return `no record loses a value at the moment`;
  const end = column.fallback === undefined ? 'no value' : `the default ${JSON.stringify(column.fallback)}`;
  const verb = lost === 1 ? reason.replace(/^\w+/, (word) => `${word}s`) : reason;
  return `${count(lost, 'record')} ${verb} and ${lost === 1 ? 'gets' : 'get'} ${end} in its place`;
}

function typeOf(property: Property): string {
  return property.reference === undefined ? property.kind : `reference to ${property.reference.collection}`;
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
