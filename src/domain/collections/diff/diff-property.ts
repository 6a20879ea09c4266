import { addedValues, removedValues } from './column-changes.ts';
import { changedKeys } from '#domain/json/canonical.ts';
import { conversionBetween } from '#domain/kinds/kinds.ts';
import type { Property } from '../model.ts';
import type { ColumnChange, Step } from './steps.ts';

/** Keywords of JSON Schema that say something and check nothing. */
const annotations = ['title', 'description', 'examples', 'deprecated', '$comment'];

/** The steps of one property, in the order in which they are told. */
export function diffProperty(collection: string, column: ColumnChange): Step[] {
  const { before, after } = column;
  if (before === undefined) {
    return after === undefined ? [] : [{ kind: 'addProperty', collection, property: after, column }];
  }
  if (after === undefined) return [{ kind: 'removeProperty', collection, property: before, column }];
  if (after.system) return [];
  const steps: Step[] = [];
  if (before.name !== after.name) {
    steps.push({ kind: 'renameProperty', collection, from: before.name, to: after.name });
  }
  steps.push(
    ...diffType(collection, before, after, column),
    ...diffValues(collection, before, after, column),
  );
  if (!before.required && after.required)
    steps.push({ kind: 'require', collection, property: after.name, column });
  if (before.required && !after.required) steps.push({ kind: 'unrequire', collection, property: after.name });
  const keywords = changedKeys(settingsOf(before), settingsOf(after));
  if (keywords.length > 0) steps.push({ kind: 'changeProperty', collection, property: after.name, keywords });
  return steps;
}

function diffType(collection: string, before: Property, after: Property, column: ColumnChange): Step[] {
  const conversion = conversionBetween(before, after);
  if (conversion !== 'same') return [{ kind: 'changeType', collection, before, after, conversion, column }];
  if (before.reference === undefined || after.reference === undefined) return [];
  if (column.rewrite?.target !== undefined)
    return [{ kind: 'changeTarget', collection, before, after, column }];
  const [from, to] = [before.reference.onDelete, after.reference.onDelete];
  return from === to ? [] : [{ kind: 'changeOnDelete', collection, property: after.name, from, to }];
}

function diffValues(collection: string, before: Property, after: Property, column: ColumnChange): Step[] {
  const steps: Step[] = [];
  const property = after.name;
  const removed = removedValues(before, after);
  if (removed === 'all others') steps.push({ kind: 'limitValues', collection, property, column });
  else if (removed !== undefined) steps.push({ kind: 'limitValues', collection, property, removed, column });
  const added = addedValues(before, after);
  if (added.length > 0) steps.push({ kind: 'allowValues', collection, property, added });
  // A change of type includes the keywords that come with it (format, length).
  if (conversionBetween(before, after) !== 'same') return steps;
  const keywords = changedKeys(checksOf(before), checksOf(after)).filter(
    // A change of the values of `enum` has been told; only its end has not, and its order is no change.
    (keyword) => keyword !== 'enum' || after.schema.enum === undefined,
  );
  if (keywords.length > 0) steps.push({ kind: 'changeValidation', collection, property, keywords });
  return steps;
}

function checksOf(property: Property): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(property.schema).filter(([keyword]) => !annotations.includes(keyword)),
  );
}

function settingsOf(property: Property): Readonly<Record<string, unknown>> {
  const { readOnly, writeOnly, private: isPrivate, schema, description } = property;
  const told = Object.fromEntries(annotations.map((keyword) => [keyword, schema[keyword]]));
  return { default: property.default, readOnly, writeOnly, private: isPrivate, ...told, description };
}
