import type { RefreshTokensRepository, SessionsRepository, Transaction } from '#data/index.ts';
import type { Clock } from '#platform/clock.ts';
import type { Tokens } from '#platform/tokens.ts';

export interface OpenSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly refreshToken: string;
}

/** What became of a refresh token: its session with the successor, nothing, or the end of the session. */
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
 * Exchanges a refresh token for its successor (RFC 9700, 4.14.2). The same token again within 10 s gives the same
 * successor: an answer was lost, or two requests ran at once. Later it was stolen, from its owner or from a thief who
 * came first, and the session is ended: that has to be committed, so it is an outcome and not an error.
 */
export function createRotation({
  sessions,
  refreshTokens,
  tokens,
  clock,
  refreshTokenTtlMs,
}: RotationOptions) {
  const at = (ms: number) => new Date(ms).toISOString();

  /** The one who spent a token moves its session on and leaves the successor behind. */
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
