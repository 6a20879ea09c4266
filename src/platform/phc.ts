/** Argon2 cost: memory in KiB, passes over it, lanes. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

export interface PhcHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const shape =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

// The highest cost at which a stored hash is verified: a database that was tampered with must not exhaust the memory.
// Far above every recommendation in use.
const memoryKibMax = 1024 * 1024;
const passesMax = 16;
const parallelismMax = 16;

/**
 * The PHC string of an argon2id hash, version 19: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, salt and hash in base64
 * without padding.
 */
export function encodePhc({ cost, salt, hash }: PhcHash): string {
  const { memoryKib, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`;
}

/** Parses a PHC string; null for anything but argon2id version 19 at a cost within the limits above. */
export function parsePhc(text: string): PhcHash | null {
  const match = shape.exec(text);
  if (!match) return null;
  const [, memory, passes, parallelism, salt, hash] = match as unknown as string[];
  const cost = { memoryKib: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  if (!affordable(cost)) return null;
  return { cost, salt: Buffer.from(salt as string, 'base64'), hash: Buffer.from(hash as string, 'base64') };
}

/** The cost is within the limits above, and has the 8 KiB a lane that RFC 9106, 3.1 asks for. */
function affordable({ memoryKib, passes, parallelism }: Argon2Cost): boolean {
  return (
    memoryKib >= 8 * parallelism &&
    memoryKib <= memoryKibMax &&
    passes >= 1 &&
    passes <= passesMax &&
    parallelism >= 1 &&
    parallelism <= parallelismMax
  );
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
