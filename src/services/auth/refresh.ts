import { Problem } from '#domain/errors/problem.ts';
import { answerWith } from './signed-in.ts';
import type { AuthService } from './auth.ts';
import { memberOf, readTexts } from './bodies.ts';
import type { AuthDependencies } from './dependencies.ts';

/** The next pair of a session, or its end (see rotation.ts). */
export function createRefresh(parts: AuthDependencies): AuthService['refresh'] {
  const { database, tokens, log, sessions, sessionCache, limit, findUser } = parts;
  return async (body, { meter } = {}) => {
    await limit.refresh(memberOf(body, 'refreshToken'), meter);
    const { refreshToken } = readTexts(body, ['refreshToken']);
    if (!tokens.isRefresh(refreshToken)) throw new Problem('unauthenticated');
    const { rotation, user } = await database.write(async (transaction) => {
      const outcome = await sessions.rotate(transaction, refreshToken);
      const userId = outcome.outcome === 'rotated' ? outcome.session.userId : null;
      return { rotation: outcome, user: userId && (await findUser(transaction, userId)) };
    });
    if (rotation.outcome === 'reused') {
      sessionCache.invalidateSession(rotation.sessionId);
      log.warn({ sessionId: rotation.sessionId }, 'a spent refresh token came again: its session was ended');
    }
    if (rotation.outcome !== 'rotated' || !user) throw new Problem('unauthenticated');
    sessionCache.invalidateSession(rotation.session.sessionId);
    return answerWith(parts, user, rotation.session);
  };
}
