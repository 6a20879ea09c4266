/** The longest duration that CEL allows: 10,000 years. */
const maxDurationMs = 315_576_000_000_000n;

const unitMs: Readonly<Record<string, bigint>> = { h: 3_600_000n, m: 60_000n, s: 1000n, ms: 1n };

/** `1h30m`, `-1.5s`, `250ms` in milliseconds. Parts of a millisecond and more than 10,000 years are not durations. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d{1,18}(?:\.\d{1,18})?(?:ms|[hms]))+)$/.exec(text);
  if (match === null) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of match[2]!.matchAll(/(\d+)(?:\.(\d+))?(ms|[hms])/g)) {
    const scale = 10n ** BigInt(fraction.length);
    const scaled = BigInt(whole + fraction) * unitMs[unit]!;
    if (scaled % scale !== 0n) return undefined;
    total += scaled / scale;
  }
  if (total > maxDurationMs) return undefined;
  return total === 0n ? 0 : Number(match[1] === '-' ? -total : total);
}
