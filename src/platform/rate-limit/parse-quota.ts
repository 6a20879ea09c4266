import type { Quota } from './rate-limit.ts';

const windowUnitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const shape = /^([1-9]\d{0,6})\/([1-9]\d{0,4})([smhd])$/;
const windowMsMax = 86_400_000;

/** Reads `600/1m`: up to a million in up to a day, in whole seconds. Null for anything else. */
export function parseQuota(text: string): Quota | null {
  const [, quota, count, unit] = shape.exec(text) ?? [];
  if (unit === undefined) return null;
  const windowMs = Number(count) * windowUnitsMs[unit as keyof typeof windowUnitsMs];
  return Number(quota) <= 1_000_000 && windowMs <= windowMsMax ? { quota: Number(quota), windowMs } : null;
}
