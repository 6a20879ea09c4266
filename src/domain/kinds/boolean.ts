import { narrowing, type Kind } from './kind.ts';

export const booleanKind: Kind = {
  isDeclaredBy: (type) => type === 'boolean',
  isKindOf: (value) => typeof value === 'boolean',
  type: 'bool',
  elementType: 'bool',
  accepts: ['boolean'],
  hasOrder: true,
  fromCell: (cell) => (cell === '' ? null : (booleanIn(cell.trim().toLowerCase()) ?? cell)),
  example: () => true,
  from: {
    string: narrowing((value) => booleanIn(value) ?? null),
    json: narrowing((value) => (typeof value === 'boolean' ? value : null)),
  },
};

function booleanIn(value: unknown): boolean | undefined {
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}
