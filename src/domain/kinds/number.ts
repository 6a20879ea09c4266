import type { JsonObject, JsonValue } from '#domain/json/value.ts';
import { asItIs, narrowing, widening, type Kind } from './kind.ts';

/** Any finite double. */
export const numberKind: Kind = {
  isDeclaredBy: (type) => type === 'number',
  isKindOf: (value) => typeof value === 'number',
  type: 'double',
  elementType: 'double',
  accepts: ['number'],
  hasOrder: true,
  fromCell: numberInCell,
  example: numberExample,
  from: {
    integer: widening(asItIs),
    string: narrowing(numberInText),
    json: narrowing((value) => (typeof value === 'number' ? value : null)),
  },
};

const cellForm = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A CSV cell as a number, in any of the ways that programs write them. */
export function numberInCell(cell: string): string | number | null {
  if (cell === '') return null;
  return cellForm.test(cell.trim()) ? Number(cell) : cell;
}

/** The number that a text is, as JSON writes it; null for other text and for one beyond the doubles. */
export function numberInText(value: JsonValue): number | null {
  if (typeof value !== 'string' || !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return null;
  const number = Number(value);
  // -0 is stored as 0.
  return Number.isFinite(number) ? number + 0 : null;
}

export function numberExample({ minimum, maximum, exclusiveMinimum, multipleOf }: JsonObject): number {
  if (typeof minimum === 'number') return minimum;
  if (typeof exclusiveMinimum === 'number') return exclusiveMinimum + 1;
  if (typeof multipleOf === 'number') return multipleOf;
  return typeof maximum === 'number' ? Math.min(1, maximum) : 1;
}
