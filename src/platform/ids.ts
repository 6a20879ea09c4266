import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';

export interface Ids {
  /** A UUIDv7 in lower case, greater than all that this source has made before. */
  next(): string;
}

const poolBytes = 16 * 128;
const counterMax = 0xfff;

/**
 * UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then a 12-bit counter within the millisecond (6.2, method 1) that
 * starts at random in its lower half, then 62 random bits. When the clock steps back, the last time is used again; when
 * the counter runs out, the next millisecond: ids keep the order of creation.
 */
export function createIds(clock: Clock): Ids {
  const pool = Buffer.alloc(poolBytes);
  let offset = poolBytes;
  let lastMs = 0;
  let counter = 0;
  return {
    next() {
      if (offset === poolBytes) {
        randomFillSync(pool);
        offset = 0;
      }
      const nowMs = clock.now().getTime();
      if (nowMs > lastMs) {
        lastMs = nowMs;
        counter = pool.readUInt16BE(offset) & 0x7ff;
      } else if (++counter > counterMax) {
        lastMs += 1;
        counter = pool.readUInt16BE(offset) & 0x7ff;
      }
      const hex = pool.toString('hex', offset + 2, offset + 10);
      offset += 16;
      const time = lastMs.toString(16).padStart(12, '0');
      const variant = ((Number.parseInt(hex[0] as string, 16) & 0x3) | 0x8).toString(16);
      return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${hex.slice(1, 4)}-${hex.slice(4, 16)}`;
    },
  };
}
