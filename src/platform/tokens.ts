import { createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import { errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { Problem } from '#domain/errors/problem.ts';
import { parseUuid } from '#domain/kinds/uuid.ts';
import type { Clock } from './clock.ts';

/** The user and session of an access token, and its expiry (milliseconds since 1970). */
interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  /** The role when the token was issued. Decisions use the role in the database. */
  readonly role: string;
  readonly expiresAtMs: number;
}

export interface Tokens {
  /** A JWT access token (RFC 9068 `at+jwt`, HS256) that lives `ttlMs`. */
  issueAccess(claims: { userId: string; sessionId: string; role: string }, ttlMs: number): Promise<string>;
  /** The claims of a token of ours. Throws `token_expired` for an old one, `unauthenticated` for any other text. */
  verifyAccess(token: string): Promise<AccessClaims>;
  /** An opaque refresh token: 256 random bits, base64url. */
  createRefresh(): string;
  /** The successor of a refresh token: always the same one, which cannot be computed without the key. */
  succeedRefresh(token: string): string;
  /** The SHA-256 of a refresh token, in hex: the form in which it is stored. */
  digestRefresh(token: string): string;
  /** Whether a text has the form of a refresh token. */
  isRefresh(text: string): boolean;
}

export interface TokensOptions {
  /** AUTH_SECRET: 32 bytes or more. */
  readonly secret: string;
  readonly clock: Clock;
  readonly issuer?: string;
  readonly audience?: string;
}

// Access tokens of ours have some 400 characters; a longer text is neither hashed nor parsed.
const accessTokenLengthMax = 2048;
const verifiedMax = 5000;
/** Claims are whole seconds, cut: without this, a token would live up to a second less than its expiresIn. */
const roundingSeconds = 1;
const algorithm = 'HS256';
const tokenType = 'at+jwt';
const refreshShape = /^[A-Za-z0-9_-]{43}$/;

/** Throws `unauthenticated` for claims of other types than ours. */
function claimsOf({ sub, sid, role, exp }: JWTPayload): AccessClaims {
  if (!isId(sub) || !isId(sid) || typeof role !== 'string') throw new Problem('unauthenticated');
  const expiresAtMs = ((exp as number) + roundingSeconds) * 1000;
  return { userId: sub, sessionId: sid, role, expiresAtMs };
}

/** The database would refuse another text in the place of an id. */
function isId(claim: unknown): claim is string {
  return typeof claim === 'string' && parseUuid(claim) === claim;
}

/** A key of 256 bits for one purpose only, derived from the secret of the installation (HKDF-SHA256, RFC 5869). */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `plinth/${purpose}`, 32));
}

/** Access tokens (RFC 7519, RFC 9068) and refresh tokens, each under a key of its own. */
export function createTokens({
  secret,
  clock,
  issuer = 'plinth',
  audience = 'plinth',
}: TokensOptions): Tokens {
  const accessKey = deriveKey(secret, 'access-token');
  const refreshKey = deriveKey(secret, 'refresh-token');
  const verified = new LRUCache<string, AccessClaims>({ max: verifiedMax });

  async function verify(token: string): Promise<AccessClaims> {
    const { payload } = await jwtVerify(token, accessKey, {
      algorithms: [algorithm],
      typ: tokenType,
      issuer,
      audience,
      requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp'],
      clockTolerance: roundingSeconds,
      currentDate: clock.now(),
    });
    return claimsOf(payload);
  }

  return {
    issueAccess({ userId, sessionId, role }, ttlMs) {
      const issuedAt = Math.floor(clock.now().getTime() / 1000);
      return new SignJWT({ sid: sessionId, role })
        .setProtectedHeader({ alg: algorithm, typ: tokenType })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + Math.ceil(ttlMs / 1000))
        .sign(accessKey);
    },
    async verifyAccess(token) {
      if (token.length > accessTokenLengthMax) throw new Problem('unauthenticated');
      const key = hash('sha256', token, 'base64');
      const known = verified.get(key);
      if (known && known.expiresAtMs > clock.now().getTime()) return known;
      try {
        const claims = await verify(token);
        verified.set(key, claims);
        return claims;
      } catch (error) {
        verified.delete(key);
        if (error instanceof errors.JWTExpired) throw new Problem('token_expired');
        throw new Problem('unauthenticated', { cause: error });
      }
    },
    createRefresh: () => randomBytes(32).toString('base64url'),
    succeedRefresh: (token) => createHmac('sha256', refreshKey).update(token).digest('base64url'),
    digestRefresh: (token) => hash('sha256', token, 'hex'),
    isRefresh: (text) => refreshShape.test(text),
  };
}
