import type { JsonObject } from '#domain/json/value.ts';
import { asItIs, widening, type Kind } from './kind.ts';

/** Arrays, objects, and properties without one declared type. A value is any JSON value. */
export const jsonKind: Kind = {
  type: 'json',
  elementType: 'string',
  accepts: ['string', 'number', 'boolean', 'object'],
  hasOrder: false,
  fromCell(cell) {
    if (cell === '') return null;
    try {
      return JSON.parse(cell) as unknown;
    } catch {
      return cell;
    }
  },
  example({ items, ...schema }, exampleOf) {
    const [type] = Array.isArray(schema.type) ? (schema.type as unknown[]) : [schema.type];
    if (type === 'array') return typeof items === 'object' ? [exampleOf(items as JsonObject)] : [];
    return type === undefined || type === 'object' || type === 'null' ? {} : exampleOf({ ...schema, type });
  },
  from: {
    string: widening(asItIs),
    integer: widening(asItIs),
    number: widening(asItIs),
    boolean: widening(asItIs),
    date: widening(asItIs),
    timestamp: widening(asItIs),
    reference: widening(asItIs),
  },
};
