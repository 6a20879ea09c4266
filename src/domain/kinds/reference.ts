import { narrowing, type Kind } from './kind.ts';
import { parseUuid, uuidKind } from './uuid.ts';

/** The id of a record, declared by the keyword `reference`. A converted value may still lead nowhere. */
export const referenceKind: Kind = {
  ...uuidKind,
  from: { string: narrowing(idIn), json: narrowing(idIn) },
};

function idIn(value: unknown): string | null {
  return typeof value === 'string' ? (parseUuid(value) ?? null) : null;
}
