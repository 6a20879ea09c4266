import { principalOf } from '#domain/access/principal.ts';
import { usersName } from '#domain/collections/built-in/users.ts';
import type { StoredRecord } from '#domain/collections/model.ts';
import type { AuthDependencies } from './dependencies.ts';
import type { PresentedRecord } from '#services/records/index.ts';
import type { OpenSession } from './rotation.ts';

/** The result of registering, signing in and refreshing (RFC 6749, 5.1, in our spelling). */
export interface SignedIn {
  readonly user: PresentedRecord;
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: 'Bearer';
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
}

/** The result for a user with an open session: a new access token beside the session's refresh token. */
export async function signedInAs(
  dependencies: AuthDependencies,
  user: StoredRecord,
  session: OpenSession,
): Promise<SignedIn> {
  const { records, tokens, settings } = dependencies;
  const claims = { userId: user.id, sessionId: session.sessionId, role: user.role as string };
  return {
    user: records.present(principalOf(user, { kind: 'session', id: session.sessionId }), usersName, user),
    accessToken: await tokens.issueAccess(claims, settings.accessTokenTtlMs),
    refreshToken: session.refreshToken,
    tokenType: 'Bearer',
    expiresIn: Math.floor(settings.accessTokenTtlMs / 1000),
  };
}
