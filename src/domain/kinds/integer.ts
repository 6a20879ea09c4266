import type { JsonValue } from '#domain/json/value.ts';
import { narrowing, type Kind } from './kind.ts';
import { numberExample, numberInCell, numberInText } from './number.ts';

/** An integer that a double holds exactly. */
export const integerKind: Kind = {
  isDeclaredBy: (type) => type === 'integer',
  isKindOf: (value) => Number.isSafeInteger(value),
  type: 'int',
  elementType: 'int',
  accepts: ['number'],
  hasOrder: true,
  read(value, refuse) {
    if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    return refuse('range', 'must be an integer within ±9007199254740991');
  },
  fromCell: numberInCell,
  example: numberExample,
  from: {
    number: narrowing(exact),
    string: narrowing((value) => exact(numberInText(value))),
    json: narrowing(exact),
  },
};

function exact(value: JsonValue): JsonValue {
  return Number.isSafeInteger(value) ? value : null;
}
