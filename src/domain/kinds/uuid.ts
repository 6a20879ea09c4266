import { textOrNull, type Kind } from './kind.ts';

const form = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A UUID (RFC 9562) in the one form that is stored, lower case; undefined for any other text. */
export function parseUuid(text: string): string | undefined {
  const lower = text.toLowerCase();
  return isStoredUuid(lower) ? lower : undefined;
}

/** Whether a text is a UUID in the form that is stored. */
export function isStoredUuid(text: string): boolean {
  return form.test(text);
}

/** The system property `id`. No definition declares it, so no other kind becomes one. */
export const uuidKind: Kind = {
  type: 'id',
  elementType: 'string',
  accepts: ['string'],
  hasOrder: true,
  read(value, refuse) {
    if (typeof value !== 'string') return value;
    return parseUuid(value) ?? refuse('format', 'must be a UUID');
  },
  fromCell: textOrNull,
  example: () => '019b0000-0000-7000-8000-000000000000',
  from: {},
};
