import { Problem } from '#domain/errors/problem.ts';
import { answerWith } from './answer.ts';
import type { AuthService } from './auth.ts';
import { readTexts } from './bodies.ts';
import type { AuthParts } from './parts.ts';

/** The next pair of a session, or its end (see rotation.ts). */
export function createRefresh(parts: AuthParts): AuthService['refresh'] {
  const { database, tokens, log, sessions, standings, findUser } = parts;
  return async (body) => {
    const { refreshToken } = readTexts(body, ['refreshToken']);
    if (!tokens.isRefresh(refreshToken)) throw new Problem('unauthenticated');
    const { rotation, user } = await database.write(async (unit) => {
      const outcome = await sessions.rotate(unit, refreshToken);
      const userId = outcome.outcome === 'rotated' ? outcome.session.userId : null;
      return { rotation: outcome, user: userId && (await findUser(unit, userId)) };
    });
    if (rotation.outcome === 'reused') {
      standings.forgetSession(rotation.sessionId);
      log.warn({ sessionId: rotation.sessionId }, 'a spent refresh token came again: its session was ended');
    }
    if (rotation.outcome !== 'rotated' || !user) throw new Problem('unauthenticated');
    standings.forgetSession(rotation.session.sessionId);
    return answerWith(parts, user, rotation.session);
  };
}
