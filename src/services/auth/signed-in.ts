import { principalOf } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { SignedIn } from './auth.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { OpenSession } from './rotation.ts';

/** What a user who has just signed in, or goes on, is handed. */
export async function answerWith(
  parts: AuthDependencies,
  user: StoredRecord,
  session: OpenSession,
): Promise<SignedIn> {
  const { records, tokens, settings } = parts;
  const claims = { userId: user.id, sessionId: session.sessionId, role: user.role as string };
  return {
    user: records.present(principalOf(user, { kind: 'session', id: session.sessionId }), usersName, user),
    accessToken: await tokens.issueAccess(claims, settings.accessTokenTtlMs),
    refreshToken: session.refreshToken,
    tokenType: 'Bearer',
    expiresIn: Math.floor(settings.accessTokenTtlMs / 1000),
  };
}
