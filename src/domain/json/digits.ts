/**
 * Numbers that a double does not hold exactly, digit by digit. They are kept beside the objects that `JSON.parse` makes, so
 * everything else sees plain numbers; code that copies an object carries them over. Losing them is noticed: a double of more
 * than 15 digits may stand for many numbers, so it is not taken for one.
 */
const digits = new WeakMap<object, Map<string, string>>();

/** Shorter numbers are exact as doubles. */
const exactLengthMax = 15;

/** A number, outside of a text, that may have more digits, or a greater exponent, than a double holds. */
const longNumber = /[:[,\s]-?\d(?:[\d.]{15}|[\d.]*[eE][+-]?\d{3})/;

/** `JSON.parse` that keeps the digits of long numbers. A text without any costs one search more. */
export function parseJson(text: string): unknown {
  if (!longNumber.test(text)) return JSON.parse(text) as unknown;
  return JSON.parse(text, keepDigits) as unknown;
}

/** A reviver; `this` is the object or array that the member belongs to. */
function keepDigits(
  this: object,
  key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (source.length > exactLengthMax || source !== String(value)) {
    const own = digits.get(this) ?? new Map<string, string>();
    digits.set(this, own.set(key, source));
  }
  return value;
}

/** The digits of a member of an object, as they were written; undefined where its double says all. */
export function digitsOf(object: object, key: string): string | undefined {
  return digits.get(object)?.get(key);
}

/** Gives a copy of an object the digits of the original. */
export function carryDigits(from: object, to: object): void {
  const own = digits.get(from);
  if (own !== undefined) digits.set(to, own);
}
