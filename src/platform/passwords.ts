import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Problem } from '#domain/errors/problem.ts';
import { isCommonPassword } from './common-passwords.ts';
import { encodePhc, parsePhc, type Argon2Cost, type PhcHash } from './phc.ts';

interface PasswordCheck {
  readonly matches: boolean;
  /** The password matches a hash of another cost: hash it again and store that. */
  readonly outdated: boolean;
}

export interface Passwords {
  /**
   * The argon2id hash of a password that `refusePassword` has let through, as a PHC string. Throws `unavailable` when the
   * queue is full.
   */
  hash(password: string): Promise<string>;
  /**
   * Compares a password with a stored PHC string. Without one, or with one that cannot be read, a decoy is hashed at
   * the same cost, so that the time says nothing about the account. Throws `unavailable`.
   */
  verify(password: string, stored: string | null): Promise<PasswordCheck>;
}

export interface PasswordMistake {
  readonly code: string;
  readonly detail: string;
}

export interface PasswordsOptions {
  /** Hashes computed at the same time: one for every two cores by default, so that requests keep the others. */
  readonly parallel?: number;
  /** Hashes that may wait, 200 by default; further ones throw `unavailable`. */
  readonly waitingMax?: number;
  readonly cost?: Argon2Cost;
}

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes, 1 lane. */
const owaspCost: Argon2Cost = { memoryKib: 19 * 1024, passes: 2, parallelism: 1 };

const passwordLengthMin = 8;
const passwordLengthMax = 128;

const saltBytes = 16;
const hashBytes = 32;
const retryAfterSeconds = 2;

// A code point decomposes to at most 4 (Unicode stability policy, NFD), each at most 2 UTF-16 units, and NFKC never
// joins more than those into one. So a longer text has more than 128 characters, and is refused without normalising it.
const unitsMax = passwordLengthMax * 4 * 2;

/**
 * The reason why a text cannot be the password of the account with this address, as a code and a sentence; null when it can.
 * The codes are JSON Schema's keywords, and `common` and `address` for likely guesses (NIST SP 800-63B, 3.1.1.2).
 */
export function refusePassword(text: string, address: string | null): PasswordMistake | null {
  if (!text.isWellFormed()) return { code: 'format', detail: 'must be well-formed Unicode' };
  const normalised = text.length > unitsMax ? null : normalise(text);
  const length = normalised === null ? Infinity : Array.from(normalised).length;
  if (length < passwordLengthMin) {
    return { code: 'minLength', detail: `must have at least ${passwordLengthMin} characters` };
  }
  if (length > passwordLengthMax) {
    return { code: 'maxLength', detail: `must have at most ${passwordLengthMax} characters` };
  }
  return normalised === null ? null : refuseGuessable(normalised, address);
}

function refuseGuessable(normalised: string, address: string | null): PasswordMistake | null {
  if (isCommonPassword(normalised)) {
    return { code: 'common', detail: 'is one of the most common passwords, which are tried first' };
  }
  const own = address === null ? [] : [address, address.slice(0, address.lastIndexOf('@'))];
  return own.some((text) => normalise(text).toLowerCase() === normalised.toLowerCase())
    ? { code: 'address', detail: 'must not be the email address' }
    : null;
}

/** Argon2id with a bounded number of hashes at a time and a bounded queue. */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const cost = options.cost ?? owaspCost;
  const inQueue = createQueue({
    parallel: options.parallel ?? Math.max(1, Math.floor(availableParallelism() / 2)),
    waitingMax: options.waitingMax ?? 200,
  });
  const decoy: PhcHash = { cost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) };
  return {
    async hash(password) {
      const salt = randomBytes(saltBytes);
      const hash = await inQueue(() => derive(normalise(password), { cost, salt, length: hashBytes }));
      return encodePhc({ cost, salt, hash });
    },
    async verify(password, stored) {
      const known = stored === null ? null : parsePhc(stored);
      const { cost: paid, salt, hash } = known ?? decoy;
      // A text that no stored password can match is not normalised: that would take time in proportion to its length.
      const possible = password.length <= unitsMax && password.isWellFormed();
      const text = possible ? normalise(password) : '';
      const derived = await inQueue(() => derive(text, { cost: paid, salt, length: hash.length }));
      const matches = timingSafeEqual(derived, hash) && possible && known !== null;
      return { matches, outdated: matches && !sameCost(paid, cost) };
    },
  };
}

/** One form for the same text typed on different keyboards (RFC 8265, 4.2.2 asks for NFC; NIST SP 800-63B for NFKC). */
function normalise(text: string): string {
  return text.normalize('NFKC');
}

function sameCost(a: Argon2Cost, b: Argon2Cost): boolean {
  return a.memoryKib === b.memoryKib && a.passes === b.passes && a.parallelism === b.parallelism;
}

function derive(text: string, how: { cost: Argon2Cost; salt: Buffer; length: number }): Promise<Buffer> {
  const { memoryKib, passes, parallelism } = how.cost;
  const parameters = {
    message: Buffer.from(text),
    nonce: how.salt,
    tagLength: how.length,
    memory: memoryKib,
    passes,
    parallelism,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, derived) => (error ? reject(error) : resolve(derived)));
  });
}

/** Runs work in order of arrival, `parallel` at a time. Throws `unavailable` when `waitingMax` wait already. */
function createQueue({ parallel, waitingMax }: { parallel: number; waitingMax: number }) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < parallel) {
      running += 1;
    } else {
      if (waiting.length >= waitingMax) {
        throw new Problem('unavailable', { detail: 'too many sign-ins at the same time', retryAfterSeconds });
      }
      // The work that ends hands its place to this one, so `running` does not change.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
