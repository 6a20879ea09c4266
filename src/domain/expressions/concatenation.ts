/** The limit of a joined text, in bytes of UTF-8. A longer result is null: it would cost unbounded memory and time. */
export const longestText = 2_000_000;
const bytesPerUnitMax = 3;

/** One text behind the other, as all back ends do it. */
export function concatenated(left: string, right: string): string | null {
  const units = left.length + right.length;
  if (units * bytesPerUnitMax <= longestText) return left + right;
  return Buffer.byteLength(left) + Buffer.byteLength(right) <= longestText ? left + right : null;
}
