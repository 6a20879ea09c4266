import type { RefreshTokensRepository, SessionsRepository, Transaction } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Tokens } from '#platform/tokens.ts';

export interface OpenSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly refreshToken: string;
}

/** The outcome of a refresh: the session with the next token, a refusal, or the end of the session. */
export type Rotation =
  | { readonly outcome: 'rotated'; readonly session: OpenSession }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'reused'; readonly sessionId: string };

export interface RotationOptions {
  readonly sessions: SessionsRepository;
  readonly refreshTokens: RefreshTokensRepository;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly refreshTokenTtlMs: number;
}

const graceMs = 10_000;
const refused: Rotation = { outcome: 'refused' };

/**
 * Exchanges a refresh token for its successor. The same token again within 10 s gives the same successor: a response was
 * lost, or two requests ran at once. Reuse after 10 s means that the token leaked (RFC 9700, 4.14.2): the session is
 * deleted. The deletion must commit, so reuse is returned as an outcome, not thrown.
 */
export function createRotation({
  sessions,
  refreshTokens,
  tokens,
  clock,
  refreshTokenTtlMs,
}: RotationOptions) {
  const at = (ms: number) => new Date(ms).toISOString();

  /** Prolongs the session of a token that has just been spent, and stores the successor. */
  async function succeed(
    transaction: Transaction,
    sessionId: string,
    successor: string,
    nowMs: number,
  ): Promise<void> {
    await sessions.touch(transaction, sessionId, {
      lastUsedAt: at(nowMs),
      expiresAt: at(nowMs + refreshTokenTtlMs),
    });
    const hash = tokens.digestRefresh(successor);
    await refreshTokens.insert(transaction, { hash, session: sessionId, createdAt: at(nowMs) });
    await refreshTokens.prune(transaction, sessionId, at(nowMs - refreshTokenTtlMs));
  }

  return async (transaction: Transaction, refreshToken: string): Promise<Rotation> => {
    const nowMs = clock.now().getTime();
    const hash = tokens.digestRefresh(refreshToken);
    const successor = tokens.succeedRefresh(refreshToken);
    const madeAfter = at(nowMs - refreshTokenTtlMs);
    const spent = await refreshTokens.spend(transaction, { hash, now: at(nowMs), madeAfter });
    if (spent !== null) await succeed(transaction, spent, successor, nowMs);
    const token = await refreshTokens.find(transaction, hash);
    if (!token || token.spentAt === null || token.createdAt <= madeAfter) return refused;
    if (nowMs - Date.parse(token.spentAt) > graceMs) {
      await sessions.remove(transaction, token.session);
      return { outcome: 'reused', sessionId: token.session };
    }
    const session = await sessions.find(transaction, token.session);
    if (!session) return refused;
    return {
      outcome: 'rotated',
      session: { sessionId: session.id, userId: session.user, refreshToken: successor },
    };
  };
}
