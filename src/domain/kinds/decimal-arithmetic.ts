/**
 * Exact decimals as text, in one form for any scale: `-12.5`, without leading zeros, zeros at the end of a fraction and
 * -0, at most 38 digits before the point and 38 after it. All back ends agree on the arithmetic: a result beyond these
 * digits is null.
 */

const digitsMax = 38;

/** The form of a number in JSON (RFC 8259, 6), with an exponent of at most four digits. */
const form = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Reads a number as JSON writes it; undefined for other text and for a number beyond 38 digits on a side of the point. */
export function parseDecimal(text: string): string | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const point = whole.length + Number(exponent);
  return decimalOf(sign, whole + fraction, point);
}

/** The digits of a decimal that count: no zeros at either end. */
export function significantDigits(decimal: string): number {
  return decimal.replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length;
}

/** The number of digits after the point. */
export function scaleOf(decimal: string): number {
  const point = decimal.indexOf('.');
  return point < 0 ? 0 : decimal.length - point - 1;
}

/** The decimal with this many digits after the point at least: `12.5` → `12.50`. */
export function withScale(decimal: string, scale: number): string {
  const missing = scale - scaleOf(decimal);
  if (missing <= 0) return decimal;
  return `${decimal}${decimal.includes('.') ? '' : '.'}${'0'.repeat(missing)}`;
}

/** Takes a fixed scale away: `12.50` → `12.5`. */
export function withoutScale(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export function negateDecimal(decimal: string): string {
  if (decimal === '0') return decimal;
  return decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`;
}

type Arithmetic = (left: string, right: string) => string | null;

export const decimalArithmetic: Readonly<Record<'+' | '-' | '*', Arithmetic>> = {
  '+': (left, right) => onUnits(left, right, (one, other) => one + other),
  '-': (left, right) => onUnits(left, right, (one, other) => one - other),
  '*': (left, right) => fromUnits(unitsOf(left) * unitsOf(right), scaleOf(left) + scaleOf(right)),
};

export function compareDecimals(left: string, right: string): number {
  const scale = Math.max(scaleOf(left), scaleOf(right));
  const [one, other] = [unitsOf(withScale(left, scale)), unitsOf(withScale(right, scale))];
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Whether one decimal is a whole multiple of another, which is not 0. */
export function isMultiple(decimal: string, of: string): boolean {
  const scale = Math.max(scaleOf(decimal), scaleOf(of));
  return unitsOf(withScale(decimal, scale)) % unitsOf(withScale(of, scale)) === 0n;
}

function onUnits(
  left: string,
  right: string,
  calculate: (one: bigint, other: bigint) => bigint,
): string | null {
  const scale = Math.max(scaleOf(left), scaleOf(right));
  return fromUnits(calculate(unitsOf(withScale(left, scale)), unitsOf(withScale(right, scale))), scale);
}

const unitsOf = (decimal: string): bigint => BigInt(decimal.replace('.', ''));

function fromUnits(units: bigint, scale: number): string | null {
  const digits = String(units < 0n ? -units : units);
  return decimalOf(units < 0n ? '-' : '', digits, digits.length - scale) ?? null;
}

/** `point`: how many of the digits stand before it; may lie outside of them. */
function decimalOf(sign: string, digits: string, point: number): string | undefined {
  const start = digits.search(/[1-9]/);
  if (start < 0) return '0';
  const significant = digits.slice(start).replace(/0+$/, '');
  const whole = point - start;
  if (whole > digitsMax || significant.length - whole > digitsMax) return undefined;
  if (whole <= 0) return `${sign}0.${'0'.repeat(-whole)}${significant}`;
  if (whole >= significant.length) return sign + significant.padEnd(whole, '0');
  return `${sign}${significant.slice(0, whole)}.${significant.slice(whole)}`;
}

/**
 * A text that sorts as the decimal does, byte by byte, with the decimal behind its last blank: `p02 12.5` for 12.5, and
 * `n97 87.4~ -12.5` for -12.5. First the sign, then how many digits stand before the point, then the digits; of a negative
 * number the complements to nine, and a mark behind every digit that ends them.
 */
export function sortKeyOf(decimal: string): string {
  const isNegative = decimal.startsWith('-');
  const magnitude = isNegative ? decimal.slice(1) : decimal;
  const whole = magnitude.length - (magnitude.includes('.') ? scaleOf(magnitude) + 1 : 0);
  if (!isNegative) return `p${String(whole).padStart(2, '0')} ${magnitude}`;
  const complement = magnitude.replace(/\d/g, (digit) => String(9 - Number(digit)));
  return `n${99 - whole} ${complement}~ ${decimal}`;
}

/** The decimal of a sort key. */
export function decimalOfSortKey(key: string): string {
  return key.slice(key.lastIndexOf(' ') + 1);
}
