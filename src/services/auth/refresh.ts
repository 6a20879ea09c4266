import { Problem } from '#domain/errors/problem.ts';
import { memberOf, readTexts } from './bodies.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { Origin } from './origin.ts';
import { signedInAs, type SignedIn } from './signed-in.ts';

/** The next pair of a session, or its end (see rotation.ts). */
export function createRefresh(dependencies: AuthDependencies) {
  const { database, tokens, log, sessions, sessionCache, limit, findUser } = dependencies;
  return async (body: unknown, { meter }: Pick<Origin, 'meter'> = {}): Promise<SignedIn> => {
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
    return signedInAs(dependencies, user, rotation.session);
  };
}
