import type { JsonObject } from '#domain/json/value.ts';
import { asItIs, narrowing, widening, type Kind } from './kind.ts';

/** Text. All simple values can become text, as they stand in JSON. */
export const stringKind: Kind = {
  isDeclaredBy: (type) => type === 'string',
  isKindOf: (value) => typeof value === 'string',
  type: 'string',
  elementType: 'string',
  accepts: ['string'],
  hasOrder: true,
  fromCell: (cell) => cell,
  example: textExample,
  from: {
    integer: widening(String),
    number: widening(String),
    boolean: widening(String),
    date: widening(asItIs),
    timestamp: widening(asItIs),
    reference: widening(asItIs),
    json: narrowing((value) => (typeof value === 'string' ? value : null)),
  },
};

const examples: Readonly<Record<string, string>> = {
  time: '10:00:00Z',
  duration: 'P1D',
  email: 'ada@example.org',
  hostname: 'example.org',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.org/',
  'uri-reference': '/a',
  uuid: '019b0000-0000-7000-8000-000000000000',
};

function textExample({ format, minLength, maxLength }: JsonObject): string {
  const known = typeof format === 'string' ? examples[format] : undefined;
  const text = known ?? 'Text'.padEnd(typeof minLength === 'number' ? minLength : 0, '.');
  return typeof maxLength === 'number' ? text.slice(0, maxLength) : text;
}
